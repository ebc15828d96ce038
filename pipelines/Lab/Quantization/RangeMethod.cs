namespace CxrOnnx.Lab.Quantization;

/// <summary>How the range of an activation follows from the values seen.</summary>
public enum RangeMethod
{
    /// <summary>Smallest to largest value seen.</summary>
    MinMax,

    /// <summary>Without the outermost 0.01 % on either side.</summary>
    Percentile,

    /// <summary>The shrunken min-max range with the least mean squared error of rounding and clipping.</summary>
    Mse,
}
