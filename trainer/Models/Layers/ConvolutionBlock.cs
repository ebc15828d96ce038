using CxrOnnx.Trainer.Devices;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>A 2-D convolution under the key <c>conv</c>, as MONAI wraps every convolution.</summary>
internal sealed class ConvolutionBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly Conv2d _conv;

    private readonly int _kernelSize;
    private readonly int _stride;
    private readonly int _padding;

    public ConvolutionBlock(int inChannels, int outChannels, int kernelSize, int stride = 1, int padding = 0)
        : base(nameof(Convolution))
    {
        (_kernelSize, _stride, _padding) = (kernelSize, stride, padding);
        _conv = nn.Conv2d(inChannels, outChannels, kernelSize, stride, padding);
        RegisterComponents();
    }

    /// <summary>[B, in, h, w] -> [B, out, h', w'].</summary>
    public override Tensor forward(Tensor input) => ShapeOnly.Convolve(_conv, input, _kernelSize, _stride, _padding);
}
