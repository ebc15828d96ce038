namespace CxrOnnx.Core.Atlas;

/// <summary>How the Gaussians of several places become one map.</summary>
public enum GaussianCombination
{
    /// <summary>The largest at each cell.</summary>
    Max,

    /// <summary>The sum.</summary>
    Sum,

    /// <summary>The mean.</summary>
    Mean,
}
