using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Atlas;

/// <summary>
/// An axis-aligned Gaussian on the reference grid of 512 x 512: where a finding of a location usually lies. x runs to the right of the
/// picture (the patient's left), y downwards, the origin is the outer corner of the top left cell.
/// </summary>
/// <param name="MuX">Centre in x, in units of the 512 grid.</param>
/// <param name="MuY">Centre in y.</param>
/// <param name="SigmaX">Standard deviation in x.</param>
/// <param name="SigmaY">Standard deviation in y.</param>
/// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), Eq. (6).</remarks>
public readonly record struct LocationGaussian(double MuX, double MuY, double SigmaX, double SigmaY)
{
    /// <summary>Side of the reference grid.</summary>
    public const double GridSide = 512;

    // Jitter must not turn a small Gaussian inside out.
    private const double SmallestSigma = 1;

    /// <summary>
    /// The Gaussian of a box on the 512 grid: the centre, and a sixth of the side, so that the box spans plus and minus three sigma.
    /// </summary>
    public static LocationGaussian OfBox(ModelBox box) =>
        new(box.X + (box.Width / 2), box.Y + (box.Height / 2), box.Width / 6, box.Height / 6);

    /// <summary>The Gaussian from numbers in fractions of the image side.</summary>
    public static LocationGaussian OfFractions(double muX, double muY, double sigmaX, double sigmaY) =>
        new(muX * GridSide, muY * GridSide, sigmaX * GridSide, sigmaY * GridSide);

    /// <summary>The same Gaussian in units of another square grid, for example 1 for fractions of the side.</summary>
    /// <param name="side">Side of the other grid.</param>
    public LocationGaussian ScaledTo(double side)
    {
        double scale = side / GridSide;
        return new(MuX * scale, MuY * scale, SigmaX * scale, SigmaY * scale);
    }

    /// <summary>Moves each of the four numbers by up to a fraction of the grid's side (arXiv:2506.10633, section 4.4: 5 %).</summary>
    /// <param name="random">Source of the shifts; four numbers are drawn.</param>
    /// <param name="fraction">Largest shift as a fraction of the side; 0 for none.</param>
    /// <returns>The moved Gaussian; standard deviations stay at least 1.</returns>
    public LocationGaussian Jitter(Random random, double fraction)
    {
        double Shift() => ((random.NextDouble() * 2) - 1) * fraction * GridSide;
        return new(MuX + Shift(), MuY + Shift(), Math.Max(SmallestSigma, SigmaX + Shift()), Math.Max(SmallestSigma, SigmaY + Shift()));
    }

    /// <summary>The value at a point of the grid, 1 at the centre.</summary>
    public double PeakAt(double x, double y)
    {
        double dx = (x - MuX) / SigmaX;
        double dy = (y - MuY) / SigmaY;
        return Math.Exp(-0.5 * ((dx * dx) + (dy * dy)));
    }

    /// <summary>Squared 2-Wasserstein distance to another Gaussian, in squared units of the grid.</summary>
    /// <remarks>For Gaussians with diagonal covariance: the squared distances of the means and of the standard deviations.</remarks>
    public double SquaredWassersteinDistance(LocationGaussian other)
    {
        static double Square(double value) => value * value;
        return Square(MuX - other.MuX) + Square(MuY - other.MuY) + Square(SigmaX - other.SigmaX) + Square(SigmaY - other.SigmaY);
    }
}
