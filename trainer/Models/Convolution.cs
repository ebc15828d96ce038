using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models;

/// <summary>A 2-D convolution under the key <c>conv</c>, as MONAI wraps every convolution.</summary>
internal sealed class Convolution : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv;

    public Convolution(int inChannels, int outChannels, int kernelSize, int stride = 1, int padding = 0)
        : base(nameof(Convolution))
    {
        conv = nn.Conv2d(inChannels, outChannels, kernelSize, stride, padding);
        RegisterComponents();
    }

    /// <summary>[B, in, h, w] -> [B, out, h', w'].</summary>
    public override Tensor forward(Tensor input) => conv.call(input);
}
