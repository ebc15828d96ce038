using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>Transformer blocks over the cells of a feature map, with a shortcut around them. [B, C, h, w] -> [B, C, h, w].</summary>
internal sealed class SpatialTransformer : nn.Module
{
    [ComponentName(Name = "norm")]
    private readonly GroupNormalization _norm;

    [ComponentName(Name = "proj_in")]
    private readonly ConvolutionBlock _projectIn;

    [ComponentName(Name = "transformer_blocks")]
    private readonly ModuleList<TransformerBlock> _blocks;

    [ComponentName(Name = "proj_out")]
    private readonly ConvolutionBlock _projectOut;

    /// <param name="shape">What all transformers of one level share.</param>
    /// <param name="nextLayer">Gives each block its index among the cross-attention layers.</param>
    public SpatialTransformer(TransformerShape shape, Func<int> nextLayer)
        : base(nameof(SpatialTransformer))
    {
        _norm = Normalization.Group(shape.Groups, shape.Channels);
        _projectIn = new ConvolutionBlock(shape.Channels, shape.Channels, kernelSize: 1);
        _blocks = nn.ModuleList([.. Enumerable.Range(0, shape.Layers).Select(_ => new TransformerBlock(shape, nextLayer()))]);
        _projectOut = new ConvolutionBlock(shape.Channels, shape.Channels, kernelSize: 1);
        RegisterComponents();
    }

    /// <summary>Null where the request stops in this transformer.</summary>
    public Tensor? Forward(Tensor input, Tensor context, AttentionRequest request)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] shape = input.shape; // B, C, h, w
        Tensor? states = _projectIn.call(_norm.call(input)).flatten(2).transpose(1, 2); // B, h*w, C
        foreach (TransformerBlock block in _blocks)
        {
            states = block.Forward(states, context, request);
            if (states is null)
            {
                return null;
            }
        }

        Tensor map = states.transpose(1, 2).reshape(shape);
        return scope.MoveToOuter(_projectOut.call(map).Plus(input));
    }
}

/// <summary>Sizes of the transformers of one U-Net level.</summary>
/// <param name="Channels">C of the feature map.</param>
/// <param name="HeadChannels">Channels per head; C is a multiple of it.</param>
/// <param name="ContextChannels">Width of the context vectors.</param>
/// <param name="Layers">Blocks per transformer.</param>
/// <param name="Groups">Groups of the group normalisation.</param>
internal sealed record TransformerShape(int Channels, int HeadChannels, int ContextChannels, int Layers, int Groups)
{
    public int HeadCount => Channels / HeadChannels;
}
