using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>The lowest point of the U: residual block, transformer, residual block. [B, C, h, w] -> [B, C, h, w].</summary>
internal sealed class MiddleBlock : nn.Module
{
    [ComponentName(Name = "resnet_1")]
    private readonly UNetResidualBlock _resnet1;

    [ComponentName(Name = "attention")]
    private readonly SpatialTransformer _attention;

    [ComponentName(Name = "resnet_2")]
    private readonly UNetResidualBlock _resnet2;

    public MiddleBlock(int timeChannels, TransformerShape transformer, Func<int> nextLayer)
        : base(nameof(MiddleBlock))
    {
        _resnet1 = new UNetResidualBlock(transformer.Channels, transformer.Channels, timeChannels, transformer.Groups);
        _attention = new SpatialTransformer(transformer, nextLayer);
        _resnet2 = new UNetResidualBlock(transformer.Channels, transformer.Channels, timeChannels, transformer.Groups);
        RegisterComponents();
    }

    /// <summary>Null where the request stops here.</summary>
    public Tensor? Forward(Tensor input, Tensor activatedTime, Tensor context, AttentionRequest request)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? hidden = _attention.Forward(_resnet1.Forward(input, activatedTime), context, request);
        return hidden is null ? null : scope.MoveToOuter(_resnet2.Forward(hidden, activatedTime));
    }
}
