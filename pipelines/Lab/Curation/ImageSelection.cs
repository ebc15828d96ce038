using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>Which images a tuning set may be made of.</summary>
internal sealed record ImageSelection
{
    /// <summary>Folder of the images; null: the metadata file's paths, unseen.</summary>
    public string? Folder { get; init; }

    /// <summary>Metadata file, or null.</summary>
    public string? Metadata { get; init; }

    /// <summary>Views to keep; empty for all; null for the frontal ones where a metadata file tells views.</summary>
    public IReadOnlyList<string>? Views { get; init; }

    /// <summary>File of the official split, or null.</summary>
    public string? OfficialSplit { get; init; }

    /// <summary>
    /// Whether the official split also says who is validated on; else a hash of the patient decides among those it leaves.
    /// </summary>
    public bool SplitDecidesValidation { get; init; } = true;

    /// <summary>Annotation files whose patients must not be in the set.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The views that are kept.</summary>
    public IReadOnlyList<string> KeptViews => Views ?? MimicMetadata.FrontalViews;
}
