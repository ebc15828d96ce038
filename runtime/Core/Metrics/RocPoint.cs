namespace CxrOnnx.Core.Metrics;

/// <summary>A point of a ROC curve: everything with at least this score is taken for positive.</summary>
/// <param name="Threshold">The score; positive infinity for the point where nothing is.</param>
/// <param name="Sensitivity">Share of the positives that are taken for positive, in [0,1].</param>
/// <param name="FalsePositiveRate">Share of the negatives that are, in [0,1]: 1 - specificity.</param>
public readonly record struct RocPoint(double Threshold, double Sensitivity, double FalsePositiveRate);
