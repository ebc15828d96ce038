using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>Two normalised convolutions with the time step added between them, and a shortcut. [B, in, h, w] -> [B, out, h, w].</summary>
internal sealed class UNetResidualBlock : nn.Module
{
    [ComponentName(Name = "norm1")]
    private readonly GroupNormalization _norm1;

    [ComponentName(Name = "conv1")]
    private readonly ConvolutionBlock _conv1;

    [ComponentName(Name = "time_emb_proj")]
    private readonly Linear _timeProjection;

    [ComponentName(Name = "norm2")]
    private readonly GroupNormalization _norm2;

    [ComponentName(Name = "conv2")]
    private readonly ConvolutionBlock _conv2;

    [ComponentName(Name = "skip_connection")]
    private readonly ConvolutionBlock? _skip;

    public UNetResidualBlock(int inChannels, int outChannels, int timeChannels, int groups)
        : base(nameof(UNetResidualBlock))
    {
        _norm1 = Normalization.Group(groups, inChannels);
        _conv1 = new ConvolutionBlock(inChannels, outChannels, kernelSize: 3, padding: 1);
        _timeProjection = nn.Linear(timeChannels, outChannels);
        _norm2 = Normalization.Group(groups, outChannels);
        _conv2 = new ConvolutionBlock(outChannels, outChannels, kernelSize: 3, padding: 1);
        if (inChannels != outChannels)
        {
            _skip = new ConvolutionBlock(inChannels, outChannels, kernelSize: 1);
        }
        RegisterComponents();
    }

    /// <param name="input">[B, in, h, w].</param>
    /// <param name="activatedTime">SiLU of the time embedding, [B or 1, time channels]; the same for every block, so computed once.</param>
    public Tensor Forward(Tensor input, Tensor activatedTime)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = _conv1.call(silu(_norm1.call(input)));
        hidden = hidden.Plus(_timeProjection.call(activatedTime).unsqueeze(-1).unsqueeze(-1));
        hidden = _conv2.call(silu(_norm2.call(hidden)));
        return scope.MoveToOuter((_skip?.call(input) ?? input).Plus(hidden));
    }
}
