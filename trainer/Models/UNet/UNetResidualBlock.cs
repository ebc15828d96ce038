using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models;

/// <summary>Two normalised convolutions with the time step added between them, and a shortcut. [B, in, h, w] -> [B, out, h, w].</summary>
internal sealed class UNetResidualBlock : nn.Module
{
    private readonly GroupNorm norm1;
    private readonly Convolution conv1;

    [ComponentName(Name = "time_emb_proj")]
    private readonly Linear timeProjection;

    private readonly GroupNorm norm2;
    private readonly Convolution conv2;

    [ComponentName(Name = "skip_connection")]
    private readonly Convolution? skip;

    public UNetResidualBlock(int inChannels, int outChannels, int timeChannels, int groups)
        : base(nameof(UNetResidualBlock))
    {
        norm1 = Normalization.Group(groups, inChannels);
        conv1 = new Convolution(inChannels, outChannels, kernelSize: 3, padding: 1);
        timeProjection = nn.Linear(timeChannels, outChannels);
        norm2 = Normalization.Group(groups, outChannels);
        conv2 = new Convolution(outChannels, outChannels, kernelSize: 3, padding: 1);
        if (inChannels != outChannels)
        {
            skip = new Convolution(inChannels, outChannels, kernelSize: 1);
        }
        RegisterComponents();
    }

    /// <param name="input">[B, in, h, w].</param>
    /// <param name="activatedTime">SiLU of the time embedding, [B or 1, time channels]; the same for every block, so computed once.</param>
    public Tensor Forward(Tensor input, Tensor activatedTime)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = conv1.call(silu(norm1.call(input)));
        hidden = hidden.Plus(timeProjection.call(activatedTime).unsqueeze(-1).unsqueeze(-1));
        hidden = conv2.call(silu(norm2.call(hidden)));
        return scope.MoveToOuter((skip?.call(input) ?? input).Plus(hidden));
    }
}
