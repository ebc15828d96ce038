using CxrOnnx.Trainer.Models.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.Vae;

/// <summary>
/// Halves height and width with a 3x3 convolution of stride 2. [B, C, h, w] -> [B, C, h/2, w/2]. Key: <c>conv.conv</c>. Pads right and
/// bottom only (the U-Net's pads all around), so that an even size halves exactly.
/// </summary>
internal sealed class VaeDownsample : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly ConvolutionBlock _conv;

    public VaeDownsample(int channels)
        : base(nameof(VaeDownsample))
    {
        _conv = new ConvolutionBlock(channels, channels, kernelSize: 3, stride: 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using Tensor padded = nn.functional.pad(input, (0, 1, 0, 1));
        return _conv.call(padded);
    }
}
