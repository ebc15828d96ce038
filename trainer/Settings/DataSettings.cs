using System.Globalization;
using CxrOnnx.Phantom;

namespace CxrOnnx.Trainer.Settings;

/// <summary>Which synthetic radiographs are used for what. Index ranges do not overlap.</summary>
public sealed record DataSettings
{
    /// <summary>Preset of the phantom generator.</summary>
    public string Preset { get; init; } = "hospital-a";

    /// <summary>Seed of the phantom generator.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Only these pathologies are drawn; empty for all of the preset.</summary>
    public IReadOnlyList<string> Pathologies { get; init; } = [];

    /// <summary>Only these locations are drawn; empty for all of the preset.</summary>
    public IReadOnlyList<string> Locations { get; init; } = [];

    /// <summary>Relative frequency of images with 0, 1, 2 and 3 findings; empty for that of the preset.</summary>
    public IReadOnlyList<double> FindingCounts { get; init; } = [];

    /// <summary>Images for pre-training, from index 0.</summary>
    public int TrainingImages { get; init; } = 16000;

    /// <summary>Held-out images for validation, from index <see cref="ValidationStart"/>.</summary>
    public int ValidationImages { get; init; } = 512;

    /// <summary>First index of the validation images.</summary>
    public long ValidationStart { get; init; } = 10_000_000;

    /// <summary>How many of the training images prompt tuning uses.</summary>
    public int TuningImages { get; init; } = 600;

    /// <summary>The settings of the phantom generator.</summary>
    /// <param name="size">Side of the images in pixels.</param>
    public PhantomSettings Phantom(int size)
    {
        PhantomSettings preset = PhantomSettings.Preset(Preset);
        bool narrowed = Pathologies.Count + Locations.Count + FindingCounts.Count > 0;
        return preset.Narrowed(Pathologies, Locations, FindingCounts) with
        {
            Name = narrowed
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{preset.Name} [{string.Join(", ", Pathologies)}] [{string.Join(", ", Locations)}] "
                        + $"[{string.Join(", ", FindingCounts)}]"
                )
                : preset.Name,
            Seed = Seed,
            Width = size,
            Height = size,
        };
    }
}
