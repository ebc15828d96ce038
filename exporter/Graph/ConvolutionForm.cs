namespace CxrOnnx.Exporter.Graph;

/// <summary>The geometry of a convolution, alike in both directions.</summary>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Stride">Stride.</param>
/// <param name="PadBefore">Zeros added at the top and at the left.</param>
/// <param name="PadAfter">Zeros added at the bottom and at the right.</param>
internal readonly record struct ConvolutionForm(int Kernel, int Stride, int PadBefore, int PadAfter)
{
    /// <summary>3x3, stride 1, same size.</summary>
    public static ConvolutionForm Same3x3 { get; } = new(3, 1, 1, 1);

    /// <summary>1x1.</summary>
    public static ConvolutionForm Pointwise { get; } = new(1, 1, 0, 0);
}
