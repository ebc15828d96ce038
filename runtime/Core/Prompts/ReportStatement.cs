namespace CxrOnnx.Core.Prompts;

/// <summary>
/// One place where a report names a pathology, and how it was understood: what a finding is made of, and why another was left out.
/// </summary>
public sealed record ReportStatement
{
    /// <summary>The pathology that is named.</summary>
    public required Pathology Pathology { get; init; }

    /// <summary>The sentence, as written.</summary>
    public required string Sentence { get; init; }

    /// <summary>The locations that were read for it; may be empty.</summary>
    public required IReadOnlyList<Location> Locations { get; init; }

    /// <summary>What is said of it.</summary>
    public required StatementSense Sense { get; init; }

    /// <summary>Whether it makes no finding: it is denied, gone, history, asked for, or taken back by an addendum.</summary>
    public bool IsDenied => Sense != StatementSense.Present;

    /// <summary>Whether it is hedged ("possible", "cannot be excluded").</summary>
    public required bool IsHedged { get; init; }
}
