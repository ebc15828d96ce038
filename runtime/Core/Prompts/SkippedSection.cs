namespace CxrOnnx.Core.Prompts;

/// <summary>A part of a report that was not read for findings.</summary>
public sealed record SkippedSection
{
    /// <summary>Its heading as written; empty for text that stands before the first heading.</summary>
    public required string Name { get; init; }

    /// <summary>Why: "not about the images", "heading not known", "before the findings", "preliminary" or "not in English".</summary>
    public required string Reason { get; init; }

    /// <summary>The number of its sentences.</summary>
    public required int Sentences { get; init; }

    /// <summary>The number of its characters, without blanks at its ends.</summary>
    public required int Characters { get; init; }

    /// <summary>Its first words, for whoever wants to know whether anything was lost.</summary>
    public required string FirstWords { get; init; }
}
