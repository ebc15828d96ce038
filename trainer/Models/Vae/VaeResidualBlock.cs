using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models;

/// <summary>Two normalised convolutions and a shortcut. [B, in, h, w] -> [B, out, h, w].</summary>
internal sealed class VaeResidualBlock : nn.Module<Tensor, Tensor>
{
    private readonly GroupNorm norm1;
    private readonly Convolution conv1;
    private readonly GroupNorm norm2;
    private readonly Convolution conv2;

    [ComponentName(Name = "nin_shortcut")]
    private readonly Convolution? shortcut;

    public VaeResidualBlock(int inChannels, int outChannels, int groups)
        : base(nameof(VaeResidualBlock))
    {
        norm1 = Normalization.Group(groups, inChannels);
        conv1 = new Convolution(inChannels, outChannels, kernelSize: 3, padding: 1);
        norm2 = Normalization.Group(groups, outChannels);
        conv2 = new Convolution(outChannels, outChannels, kernelSize: 3, padding: 1);
        if (inChannels != outChannels)
        {
            shortcut = new Convolution(inChannels, outChannels, kernelSize: 1);
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = conv1.call(silu(norm1.call(input)));
        hidden = conv2.call(silu(norm2.call(hidden)));
        return scope.MoveToOuter(hidden.Plus(shortcut?.call(input) ?? input));
    }
}
