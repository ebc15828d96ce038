namespace CxrOnnx.Core.Prompts;

/// <summary>What a report says about one pathology that is present.</summary>
public sealed record ReportFinding
{
    /// <summary>The pathology.</summary>
    public required Pathology Pathology { get; init; }

    /// <summary>
    /// Its locations: left and right of a zone are merged into bilateral, over all sentences. Empty if the report names none.
    /// </summary>
    public required IReadOnlyList<Location> Locations { get; init; }

    /// <summary>The sentences it was read from, as written.</summary>
    public required IReadOnlyList<string> Sentences { get; init; }

    /// <summary>Whether every mention is hedged ("possible", "cannot be excluded").</summary>
    public required bool IsUncertain { get; init; }

    /// <summary>The standard prompt.</summary>
    public StandardPrompt Prompt => new(Pathology, Locations);
}
