namespace CxrOnnx.Core.Atlas;

/// <summary>How high a Gaussian map is. The paper does not say; <see cref="Peak"/> is what its ablation suggests.</summary>
public enum GaussianScale
{
    /// <summary>1 at the centre.</summary>
    Peak,

    /// <summary>Density per cell of the map: the sum over the map is about 1.</summary>
    DensityGrid,

    /// <summary>Density per unit of the 512 grid.</summary>
    DensityPixel,
}
