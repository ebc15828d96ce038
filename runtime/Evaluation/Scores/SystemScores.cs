namespace CxrOnnx.Evaluation.Scores;

/// <summary>What a system scored on a data set.</summary>
/// <param name="Name">Name of the system.</param>
/// <param name="Classes">Per class, in the order of the data set.</param>
/// <param name="Average">The mean of the class means, classes weighted alike.</param>
/// <param name="Cases">Per case that has an answer.</param>
public sealed record SystemScores(
    string Name,
    IReadOnlyDictionary<string, ScoreSummary> Classes,
    ScoreSummary Average,
    IReadOnlyList<CaseScore> Cases
)
{
    /// <summary>What the system is, in a few words.</summary>
    public string Description { get; init; } = "";

    /// <summary>Whether it has seen the annotations.</summary>
    public bool IsBound { get; init; }

    /// <summary>What a reader of the scores should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
