namespace CxrOnnx.Trainer.Settings;

/// <summary>How often a training caption takes which form. Probabilities in [0,1].</summary>
public sealed record CaptionSettings
{
    /// <summary>
    /// Share of captions that are emptied so that the model also learns the unconditional density (classifier-free dropout).
    /// </summary>
    public double Dropout { get; init; } = 0.12;

    /// <summary>Of images with several findings: share whose caption names only one of them.</summary>
    public double SingleFinding { get; init; } = 0.35;

    /// <summary>Share of captions written as a short sentence around the standard prompt.</summary>
    public double Sentence { get; init; } = 0.1;

    /// <summary>Of normal images: share whose caption says so; the others have the empty caption.</summary>
    public double NormalSentence { get; init; } = 0.3;

    /// <summary>
    /// Share of captions that are a section of the image's report as it is written, several sentences long, denials and devices included;
    /// the others are standard prompts.
    /// </summary>
    public double Report { get; init; }

    /// <summary>Of captions from reports: share that is the impression, where the report has one; the others are the findings.</summary>
    public double Impression { get; init; } = 0.3;
}
