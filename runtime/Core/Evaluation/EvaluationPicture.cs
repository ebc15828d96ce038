namespace CxrOnnx.Core.Evaluation;

/// <summary>A picture for the HTML report.</summary>
/// <param name="System">Name of the system.</param>
/// <param name="Rank">Why it is shown: <c>best</c>, <c>median</c> or <c>worst</c>.</param>
/// <param name="Score">The case and its scores.</param>
/// <param name="Png">The radiograph with the heatmap over it and the annotated boxes; a PNG file.</param>
public sealed record EvaluationPicture(string System, string Rank, CaseScore Score, byte[] Png);
