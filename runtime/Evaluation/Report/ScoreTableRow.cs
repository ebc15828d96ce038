namespace CxrOnnx.Evaluation.Report;

/// <summary>A system's row.</summary>
/// <param name="Letter">Stands for the system in marks.</param>
/// <param name="System">Name of the system.</param>
/// <param name="Cells">A cell per column; null where the system has no such metric.</param>
public sealed record ScoreTableRow(string Letter, string System, IReadOnlyList<ScoreTableCell?> Cells);
