namespace CxrOnnx.Core.Prompts;

/// <summary>A part of a report.</summary>
/// <param name="Heading">As written; empty for text without one.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Body">Its text.</param>
/// <param name="SkipReason">Why it is not read; null if it is.</param>
internal sealed record ReportSection(string Heading, HeadingKind Kind, string Body, string? SkipReason)
{
    public const string NotAboutImages = "not about the images", NotKnown = "heading not known", BeforeFindings = "before the findings",
        Preliminary = "preliminary";

    /// <summary>Whether it is read for findings.</summary>
    public bool IsRead => SkipReason is null;
}
