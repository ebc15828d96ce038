namespace CxrOnnx.Imaging;

/// <summary>Distance between the centres of neighbouring stored pixels, in millimetres.</summary>
/// <param name="Row">From row to row.</param>
/// <param name="Column">From column to column.</param>
public readonly record struct PixelSpacing(double Row, double Column);
