namespace CxrOnnx.Core.Evaluation;

/// <summary>What a system scored on a data set.</summary>
/// <param name="Name">Name of the system.</param>
/// <param name="Classes">Per class, in the order of the data set.</param>
/// <param name="Average">The mean of the class means, classes weighted alike.</param>
/// <param name="Cases">Per case.</param>
public sealed record SystemScores(
    string Name,
    IReadOnlyDictionary<string, ScoreSummary> Classes,
    ScoreSummary Average,
    IReadOnlyList<CaseScore> Cases);
