using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Halving and doubling of feature maps.</summary>
internal static class Resampling
{
    /// <summary>U-Net: 3x3 convolution of stride 2 with one zero all around.</summary>
    public static Value Downsample(Module downsampler, Value x) =>
        downsampler.Dialect.Convolution(downsampler["op"], x, new ConvolutionForm(Kernel: 3, Stride: 2, PadBefore: 1, PadAfter: 1));

    /// <summary>Autoencoder: 3x3 convolution of stride 2 with zeros at the bottom and at the right only.</summary>
    public static Value DownsampleBottomRight(Module block, Value x) =>
        block.Dialect.Convolution(block["conv"], x, new ConvolutionForm(Kernel: 3, Stride: 2, PadBefore: 0, PadAfter: 1));

    /// <summary>U-Net: every cell becomes 2x2 equal cells, then a 3x3 convolution.</summary>
    public static Value Upsample(Module upsampler, Value x) =>
        Convolution.Same3x3(upsampler["conv"], upsampler.Dialect.Enlarge(upsampler, x));

    /// <summary>Repeats cells.</summary>
    /// <param name="module">Names the node.</param>
    /// <param name="x">Four dimensions.</param>
    /// <param name="name">Name of the constant that holds <paramref name="scales"/>.</param>
    /// <param name="scales">How often, by dimension.</param>
    public static Value Nearest(Module module, Value x, string name, params ReadOnlySpan<float> scales) =>
        module.Node(
            "Resize",
            [x, new Value(""), module.Graph.Constant(name, scales, scales.Length)],
            NodeAttribute.String("mode", "nearest"),
            NodeAttribute.String("coordinate_transformation_mode", "asymmetric"),
            NodeAttribute.String("nearest_mode", "floor")
        );
}
