using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Layers;

/// <summary>A 2-D convolution under the key <c>conv</c>, as MONAI wraps every convolution.</summary>
internal sealed class ConvolutionBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly Conv2d _conv;

    public ConvolutionBlock(int inChannels, int outChannels, int kernelSize, int stride = 1, int padding = 0)
        : base(nameof(Convolution))
    {
        _conv = nn.Conv2d(inChannels, outChannels, kernelSize, stride, padding);
        RegisterComponents();
    }

    /// <summary>[B, in, h, w] -> [B, out, h', w'].</summary>
    public override Tensor forward(Tensor input) => _conv.call(input);
}
