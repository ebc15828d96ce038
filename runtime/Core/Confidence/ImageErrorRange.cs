namespace CxrOnnx.Core.Confidence;

/// <summary>
/// How badly the model predicts the noise of images it knows the kind of, without any phrase. An image far beyond is of another kind, and a
/// confidence learned from these says nothing about it.
/// </summary>
/// <param name="Median">Median mean squared error over the calibration images.</param>
/// <param name="Limit">The most that still counts as of their kind.</param>
public sealed record ImageErrorRange(double Median, double Limit)
{
    /// <summary>Whether an image is of another kind.</summary>
    /// <param name="error">Its mean squared error with the same probe.</param>
    public bool IsBeyond(double error) => !(error <= Limit);
}
