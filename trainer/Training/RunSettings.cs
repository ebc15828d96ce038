using System.Globalization;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Phantom;
using CxrOnnx.Trainer.PromptTuning;

namespace CxrOnnx.Trainer.Training;

/// <summary>Everything that decides how the small model is trained: one YAML file, snake case, every key optional.</summary>
public sealed record RunSettings
{
    /// <summary>Which images.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>How captions are drawn.</summary>
    public CaptionSettings Captions { get; init; } = new();

    /// <summary>Autoencoder.</summary>
    public VaeTrainingSettings Vae { get; init; } = new();

    /// <summary>Text encoder alone, before the U-Net.</summary>
    public TextTrainingSettings Text { get; init; } = new();

    /// <summary>Text encoder and U-Net.</summary>
    public DiffusionTrainingSettings Diffusion { get; init; } = new();

    /// <summary>What follows after the steps of <see cref="Diffusion"/>: training goes on with the same weights and other settings.</summary>
    public IReadOnlyList<DiffusionPhase> LaterPhases { get; init; } = [];

    /// <summary>Prompt tuning.</summary>
    public PromptTuningSettings Tuning { get; init; } = new();

    /// <summary>Threads of libtorch; 0 = as many as there are processors.</summary>
    public int Threads { get; init; } = 2;
}

/// <summary>A later phase of the training of text encoder and U-Net.</summary>
public sealed record DiffusionPhase
{
    /// <summary>Which images this phase is trained on; null for those of the phase before. Validation keeps those of the run.</summary>
    public DataSettings? Data { get; init; }

    /// <summary>How captions are drawn.</summary>
    public CaptionSettings Captions { get; init; } = new();

    /// <summary>Settings; TotalSteps counts from the beginning of the first phase.</summary>
    public DiffusionTrainingSettings Diffusion { get; init; } = new();
}

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
                ? string.Create(CultureInfo.InvariantCulture, $"{preset.Name} [{string.Join(", ", Pathologies)}] [{string.Join(", ", Locations)}] [{string.Join(", ", FindingCounts)}]")
                : preset.Name,
            Seed = Seed,
            Width = size,
            Height = size,
        };
    }
}
