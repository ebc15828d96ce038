using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// What is done to an aggregated map: Gaussian filter, min-max to [0,1], optionally multiplication by its Otsu mask. Immutable and
/// thread-safe.
/// </summary>
public sealed class HeatmapPostprocessor
{
    private readonly GaussianFilter _filter;

    /// <summary>Creates the finish.</summary>
    /// <param name="gaussianSigma">Standard deviation of the Gaussian filter in pixels of the model's image; 0 = no filter.</param>
    /// <param name="otsu">Whether everything not above the Otsu threshold becomes 0.</param>
    /// <exception cref="InputException">The standard deviation is negative or not finite.</exception>
    public HeatmapPostprocessor(double gaussianSigma, bool otsu)
    {
        _filter = new GaussianFilter(gaussianSigma);
        Otsu = otsu;
    }

    /// <summary>Creates the finish that a model's configuration asks for.</summary>
    public HeatmapPostprocessor(GroundingConfiguration configuration)
        : this(configuration.GaussianSigma, configuration.Otsu) { }

    /// <summary>Whether the Otsu mask is applied.</summary>
    public bool Otsu { get; }

    /// <summary>Standard deviation of the Gaussian filter in model pixels.</summary>
    public double GaussianSigma => _filter.Sigma;

    /// <summary>Finishes a map.</summary>
    /// <param name="mean">The aggregated map on the model's square, row-major; taken over and changed in place.</param>
    /// <param name="grid">Its size.</param>
    /// <returns>The heatmap, which owns the array.</returns>
    public ModelHeatmap Apply(float[] mean, GridSize grid)
    {
        (float minimum, float maximum) = _filter.ApplyWithRange(mean, grid);
        bool varies = MapRange.Normalize(mean, minimum, maximum);
        float? threshold = null;
        if (Otsu && varies)
        {
            threshold = OtsuThreshold.Of(mean, 0, 1);
            OtsuThreshold.Mask(mean, threshold.Value);
        }

        return new ModelHeatmap(grid, mean) { IsConstant = !varies, OtsuThreshold = threshold };
    }
}
