namespace CxrOnnx.Evaluation.Generalised;

/// <summary>What one threshold on the phrases' scores does.</summary>
/// <param name="Wanted">Least share of the supported phrases that are to keep a region.</param>
/// <param name="Threshold">The highest score that keeps so many: phrases with at least this one keep their regions.</param>
/// <param name="Kept">Share of the supported phrases that keep a region.</param>
/// <param name="NoRegion">Share of the unsupported phrases that get none.</param>
public sealed record SweepPoint(double Wanted, double Threshold, double Kept, double NoRegion);
