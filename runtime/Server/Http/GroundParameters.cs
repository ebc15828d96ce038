namespace CxrOnnx.Server.Http;

/// <summary>What is to be grounded, and how. JSON names are snake case; the fields of a multipart form have the same names.</summary>
public sealed record GroundParameters
{
    /// <summary>Phrases such as "left lower pneumonia".</summary>
    public IReadOnlyList<string> Phrases { get; init; } = [];

    /// <summary>
    /// Whether the words of the phrases are grounded exactly as they stand. Otherwise free wording is brought to the standard prompt, what
    /// a phrase denies is not grounded, and a report in place of a phrase is refused.
    /// </summary>
    public bool Verbatim { get; init; }

    /// <summary>Text of a report: every finding in it that is present is grounded too.</summary>
    public string? Report { get; init; }

    /// <summary>Name of a model (see /v1/models); the first one if absent.</summary>
    public string? Model { get; init; }

    /// <summary>The preset where none is named.</summary>
    internal const string DefaultPreset = "exact";

    /// <summary>One of the model's presets.</summary>
    public string Preset { get; init; } = DefaultPreset;

    /// <summary>Strength, 0 to 1, above which a pixel belongs to a box.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Whether each sub-token gets a heatmap of its own.</summary>
    public bool PerToken { get; init; }

    /// <summary>
    /// Whether a calibrated model also says how likely the image supports each phrase, which costs a few U-Net evaluations.
    /// </summary>
    public bool Confidence { get; init; } = true;

    /// <summary>
    /// <c>none</c>, <c>image</c> (heatmaps in the image's pixels) or <c>model</c> (on the square that the model saw, at its resolution).
    /// </summary>
    public string Heatmaps { get; init; } = "none";

    /// <summary>Whether each phrase gets a picture with the heatmap over the radiograph.</summary>
    public bool Overlays { get; init; }

    /// <summary>How these pictures show the heatmap: <c>heat</c>, <c>contour</c> or <c>side-by-side</c>.</summary>
    public string Overlay { get; init; } = "heat";

    /// <summary>Seconds after which the request is given up; the service's own limit if absent or larger.</summary>
    public double? DeadlineSeconds { get; init; }
}
