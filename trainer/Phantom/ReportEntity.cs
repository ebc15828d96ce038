namespace CxrOnnx.Phantom;

/// <summary>A labelled stretch of a report.</summary>
/// <param name="Start">Index of its first character.</param>
/// <param name="Length">Characters; a stretch begins and ends with whole words.</param>
/// <param name="Kind">What it stands for.</param>
public readonly record struct ReportEntity(int Start, int Length, ReportEntityKind Kind);
