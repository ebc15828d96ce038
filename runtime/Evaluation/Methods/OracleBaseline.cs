using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// The upper bound: a Gaussian drawn into each annotated box, centre of the box, a third of its side as standard deviation, the largest at
/// each pixel.
/// </summary>
/// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), appendix F. A pixel's coordinate is its index, as there.</remarks>
public sealed class OracleBaseline : IEvaluatedSystem
{
    private readonly double _sidesPerSigma;

    /// <summary>Creates the baseline.</summary>
    /// <param name="sidesPerSigma">Standard deviations per side of a box.</param>
    public OracleBaseline(double sidesPerSigma = 3) => _sidesPerSigma = sidesPerSigma;

    /// <inheritdoc/>
    public string Name => "oracle";

    /// <inheritdoc/>
    public string Description => "a Gaussian in each annotated box, a third of its side as sigma: the upper bound";

    /// <inheritdoc/>
    public bool IsBound => true;

    /// <inheritdoc/>
    public bool IsThreadSafe => true;

    /// <inheritdoc/>
    public Prediction Answer(EvaluationCase item)
    {
        ImageSize size = item.ImageSize;
        float[] map = new float[checked(size.Width * size.Height)];
        foreach (PixelBox box in item.Boxes.Where(box => box.Area > 0))
        {
            double[] along = Profile(box.CenterX, box.Width / _sidesPerSigma, size.Width);
            double[] down = Profile(box.CenterY, box.Height / _sidesPerSigma, size.Height);
            for (int y = 0, i = 0; y < size.Height; y++)
            {
                for (int x = 0; x < size.Width; x++, i++)
                {
                    map[i] = Math.Max(map[i], (float)(down[y] * along[x]));
                }
            }
        }

        // No pixel has to lie exactly at a centre, so the maximum can be below 1; the reference scales this map like any other.
        UnitRange.Normalize(map);
        return Prediction.Of(new Heatmap(size, map));
    }

    private static double[] Profile(double centre, double sigma, int length) =>
        [.. Enumerable.Range(0, length).Select(i => Math.Exp(-0.5 * Math.Pow((i - centre) / sigma, 2)))];
}
