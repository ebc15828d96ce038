using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models.Vae;

/// <summary>Two normalised convolutions and a shortcut. [B, in, h, w] -> [B, out, h, w].</summary>
internal sealed class VaeResidualBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "norm1")]
    private readonly GroupNormalization _norm1;

    [ComponentName(Name = "conv1")]
    private readonly ConvolutionBlock _conv1;

    [ComponentName(Name = "norm2")]
    private readonly GroupNormalization _norm2;

    [ComponentName(Name = "conv2")]
    private readonly ConvolutionBlock _conv2;

    [ComponentName(Name = "nin_shortcut")]
    private readonly ConvolutionBlock? _shortcut;

    public VaeResidualBlock(int inChannels, int outChannels, int groups)
        : base(nameof(VaeResidualBlock))
    {
        _norm1 = Normalization.Group(groups, inChannels);
        _conv1 = new ConvolutionBlock(inChannels, outChannels, kernelSize: 3, padding: 1);
        _norm2 = Normalization.Group(groups, outChannels);
        _conv2 = new ConvolutionBlock(outChannels, outChannels, kernelSize: 3, padding: 1);
        if (inChannels != outChannels)
        {
            _shortcut = new ConvolutionBlock(inChannels, outChannels, kernelSize: 1);
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _conv1.call(silu(_norm1.call(input)));
        hidden = _conv2.call(silu(_norm2.call(hidden)));
        return scope.MoveToOuter(hidden.Plus(_shortcut?.call(input) ?? input));
    }
}
