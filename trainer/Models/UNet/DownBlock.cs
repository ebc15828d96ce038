using TorchSharp.Modules;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models;

/// <summary>One level of the encoder half: residual blocks, each with a transformer where the level has attention; halves the size unless last.</summary>
internal sealed class DownBlock : nn.Module
{
    private readonly ModuleList<UNetResidualBlock> resnets;
    private readonly ModuleList<SpatialTransformer>? attentions;
    private readonly StridedConvolution? downsampler;

    /// <param name="channels">Channels into each residual block, then the level's own: residual blocks + 1 numbers.</param>
    /// <param name="timeChannels">Width of the time embedding.</param>
    /// <param name="groups">Groups of the group normalisations.</param>
    /// <param name="transformer">Null where the level has no attention.</param>
    /// <param name="nextLayer">Numbers the cross-attention layers.</param>
    /// <param name="downsample">False on the last level.</param>
    public DownBlock(IReadOnlyList<int> channels, int timeChannels, int groups, TransformerShape? transformer, Func<int> nextLayer, bool downsample)
        : base(nameof(DownBlock))
    {
        int outChannels = channels[^1];
        UNetResidualBlock[] blocks = [.. channels.SkipLast(1).Select(inChannels => new UNetResidualBlock(inChannels, outChannels, timeChannels, groups))];
        if (transformer is not null)
        {
            attentions = nn.ModuleList([.. blocks.Select(_ => new SpatialTransformer(transformer, nextLayer))]);
        }

        resnets = nn.ModuleList(blocks);
        if (downsample)
        {
            downsampler = new StridedConvolution(outChannels);
        }
        RegisterComponents();
    }

    /// <summary>Appends every state that the decoder half will see to <paramref name="skips"/>. Null where the request stops here.</summary>
    public Tensor? Forward(Tensor input, Tensor activatedTime, Tensor context, AttentionRequest request, Stack<Tensor> skips)
    {
        Tensor? hidden = input;
        for (int i = 0; i < resnets.Count; i++)
        {
            hidden = resnets[i].Forward(hidden, activatedTime);
            if (attentions is not null)
            {
                hidden = attentions[i].Forward(hidden, context, request);
                if (hidden is null)
                {
                    return null;
                }
            }

            skips.Push(hidden);
        }

        if (downsampler is not null)
        {
            hidden = downsampler.call(hidden);
            skips.Push(hidden);
        }

        return hidden;
    }

    /// <summary>3x3, stride 2, padded by 1 all around. [B, C, h, w] -> [B, C, ceil(h/2), ceil(w/2)]. Key: <c>op.conv</c>.</summary>
    private sealed class StridedConvolution : nn.Module<Tensor, Tensor>
    {
        private readonly Convolution op;

        public StridedConvolution(int channels)
            : base(nameof(StridedConvolution))
        {
            op = new Convolution(channels, channels, kernelSize: 3, stride: 2, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => op.call(input);
    }
}
