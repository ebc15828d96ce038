namespace CxrOnnx.Evaluation.Report;

/// <summary>A column.</summary>
/// <param name="Name">The class, or "average".</param>
/// <param name="Count">Number of phrases.</param>
public sealed record ScoreTableColumn(string Name, int Count);
