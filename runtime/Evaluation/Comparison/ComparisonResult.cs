namespace CxrOnnx.Evaluation.Comparison;

/// <summary>Two bundles on the same images.</summary>
/// <param name="First">The first bundle.</param>
/// <param name="Second">The second bundle.</param>
/// <param name="Preset">The preset of both.</param>
/// <param name="Provider">What both ran on.</param>
/// <param name="Images">Number of images.</param>
/// <param name="WarmUpLeftOut">Whether the first image is missing from the times.</param>
/// <param name="Phrases">The phrases, in order.</param>
public sealed record ComparisonResult(
    ComparedBundle First,
    ComparedBundle Second,
    string Preset,
    string Provider,
    int Images,
    bool WarmUpLeftOut,
    IReadOnlyList<ComparedPhrase> Phrases
);
