using CxrOnnx.Core.Atlas;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>Where a location is expected: an axis-aligned Gaussian in units of the paper's 512 x 512 grid, x to the right and y down.</summary>
/// <param name="MuX">Centre, x.</param>
/// <param name="MuY">Centre, y.</param>
/// <param name="SigmaX">Standard deviation along x; positive.</param>
/// <param name="SigmaY">Standard deviation along y; positive.</param>
public readonly record struct TargetGaussian(double MuX, double MuY, double SigmaX, double SigmaY)
{
    /// <summary>Side of the grid that the numbers refer to.</summary>
    public const double GridSide = 512;

    // Jitter must not turn a small Gaussian inside out.
    private const double SmallestSigma = 1;

    /// <summary>The Gaussian of a box with edges x0, x1, y0, y1: mu = (min + max) / 2, sigma = (max - min) / 6 (arXiv:2506.10633, Eq. 6).</summary>
    public static TargetGaussian OfBox(double x0, double y0, double x1, double y1) =>
        new((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 6, (y1 - y0) / 6);

    /// <summary>The Gaussian that the atlas has for a location; both count in the same grid.</summary>
    public static TargetGaussian Of(LocationGaussian gaussian) => new(gaussian.MuX, gaussian.MuY, gaussian.SigmaX, gaussian.SigmaY);

    /// <summary>Moves each of the four numbers by up to <paramref name="fraction"/> of the grid's side (arXiv:2506.10633, section 4.4: 5 %).</summary>
    /// <param name="random">Source of the shifts; four numbers are drawn.</param>
    /// <param name="fraction">Largest shift as a fraction of the side; 0 for none.</param>
    public TargetGaussian Jitter(Random random, double fraction)
    {
        double Shift() => ((random.NextDouble() * 2) - 1) * fraction * GridSide;
        return new TargetGaussian(MuX + Shift(), MuY + Shift(), Math.Max(SmallestSigma, SigmaX + Shift()), Math.Max(SmallestSigma, SigmaY + Shift()));
    }
}
