using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models;

/// <summary>The lowest point of the U: residual block, transformer, residual block. [B, C, h, w] -> [B, C, h, w].</summary>
internal sealed class MiddleBlock : nn.Module
{
    [ComponentName(Name = "resnet_1")]
    private readonly UNetResidualBlock resnet1;

    private readonly SpatialTransformer attention;

    [ComponentName(Name = "resnet_2")]
    private readonly UNetResidualBlock resnet2;

    public MiddleBlock(int timeChannels, TransformerShape transformer, Func<int> nextLayer)
        : base(nameof(MiddleBlock))
    {
        resnet1 = new UNetResidualBlock(transformer.Channels, transformer.Channels, timeChannels, transformer.Groups);
        attention = new SpatialTransformer(transformer, nextLayer);
        resnet2 = new UNetResidualBlock(transformer.Channels, transformer.Channels, timeChannels, transformer.Groups);
        RegisterComponents();
    }

    /// <summary>Null where the request stops here.</summary>
    public Tensor? Forward(Tensor input, Tensor activatedTime, Tensor context, AttentionRequest request)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? hidden = attention.Forward(resnet1.Forward(input, activatedTime), context, request);
        return hidden is null ? null : scope.MoveToOuter(resnet2.Forward(hidden, activatedTime));
    }
}
