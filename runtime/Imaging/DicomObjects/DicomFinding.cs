using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging.Overlay;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>A phrase and where it lies, as DICOM objects say it.</summary>
public sealed record DicomFinding
{
    /// <summary>The phrase as it was asked for.</summary>
    public required string Phrase { get; init; }

    /// <summary>The text that was grounded; null where the phrase denies all it names, so that there is neither map nor box.</summary>
    public required string? Grounded { get; init; }

    /// <summary>The pathology that it names, as data sets write it; null where it names none of the known ones.</summary>
    public string? Pathology { get; init; }

    /// <summary>What is known of whether the image supports it, in a few words; never empty.</summary>
    public required string Verdict { get; init; }

    /// <summary>What the verdict can and cannot tell, one sentence; empty: nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>The sentences of the report it was read from, or null.</summary>
    public string? Sentence { get; init; }

    /// <summary>Whether the report hedges it; null where it did not come from a report.</summary>
    public bool? Uncertain { get; init; }

    /// <summary>Whether a calibrated model says that the image supports the phrase; only then does a code name the pathology of a region.</summary>
    public bool IsSupported { get; init; }

    /// <summary>Probability that the image supports it; null where there is none.</summary>
    public double? Confidence { get; init; }

    /// <summary>Boxes in the pixels of the upright picture, largest first.</summary>
    public IReadOnlyList<PixelBox> Boxes { get; init; } = [];

    /// <summary>float32 [height, width] of the upright picture, NaN where the model did not look; empty where nothing was grounded.</summary>
    public ReadOnlyMemory<float> Heatmap { get; init; }

    /// <summary>The picture of it; null where nothing was grounded.</summary>
    public OverlayContent? Picture { get; init; }

    /// <summary>Certainty in the words of the objects.</summary>
    internal string Certainty =>
        Grounded is null ? $"DENIED: {Verdict}; nothing was located"
        : Uncertain == true ? $"UNCERTAIN in the report; {Verdict}"
        : Verdict;
}
