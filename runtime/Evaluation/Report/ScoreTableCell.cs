namespace CxrOnnx.Evaluation.Report;

/// <summary>A cell.</summary>
/// <param name="Mean">The mean, formatted.</param>
/// <param name="Interval">The 95 % interval, formatted.</param>
/// <param name="Marks">Letters of the systems that it is significantly higher than.</param>
/// <param name="IsBest">Whether it is the highest mean of its column, bounds aside.</param>
public sealed record ScoreTableCell(string Mean, string Interval, string Marks, bool IsBest);
