namespace CxrOnnx.Evaluation.Report;

/// <summary>A published average, quoted: nothing of it was computed here.</summary>
/// <param name="System">What it is a figure of.</param>
/// <param name="Cnr">Contrast-to-noise ratio.</param>
/// <param name="MIoU">Mean intersection over union, a fraction.</param>
/// <param name="Source">Where it was published, and on what.</param>
public sealed record QuotedScore(string System, double Cnr, double MIoU, string Source);
