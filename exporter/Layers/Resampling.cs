using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Layers;

/// <summary>Halving and doubling of feature maps.</summary>
internal static class Resampling
{
    /// <summary>U-Net: 3x3 convolution of stride 2 with one zero all around.</summary>
    public static Value Downsample(Module downsampler, Value x) =>
        Convolution.Add(downsampler["op"], x, kernel: 3, stride: 2, padBefore: 1, padAfter: 1);

    /// <summary>Autoencoder: 3x3 convolution of stride 2 with zeros at the bottom and at the right only.</summary>
    public static Value DownsampleBottomRight(Module block, Value x) =>
        Convolution.Add(block["conv"], x, kernel: 3, stride: 2, padBefore: 0, padAfter: 1);

    /// <summary>U-Net: every cell becomes 2x2 equal cells, then a 3x3 convolution.</summary>
    public static Value Upsample(Module upsampler, Value x)
    {
        Value doubled = upsampler.Node(
            "Resize",
            [x, new Value(""), upsampler.Graph.Constant("const/resize_2x", [1f, 1f, 2f, 2f], 4)],
            NodeAttribute.String("mode", "nearest"),
            NodeAttribute.String("coordinate_transformation_mode", "asymmetric"),
            NodeAttribute.String("nearest_mode", "floor")
        );
        return Convolution.Same3x3(upsampler["conv"], doubled);
    }
}
