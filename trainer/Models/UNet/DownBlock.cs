using CxrOnnx.Trainer.Models.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// One level of the encoder half: residual blocks, each with a transformer where the level has attention; halves the size unless last.
/// </summary>
internal sealed class DownBlock : nn.Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<UNetResidualBlock> _resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer>? _attentions;

    [ComponentName(Name = "downsampler")]
    private readonly StridedConvolution? _downsampler;

    /// <param name="channels">Channels into each residual block, then the level's own: residual blocks + 1 numbers.</param>
    /// <param name="timeChannels">Width of the time embedding.</param>
    /// <param name="groups">Groups of the group normalisations.</param>
    /// <param name="transformer">Null where the level has no attention.</param>
    /// <param name="nextLayer">Numbers the cross-attention layers.</param>
    /// <param name="downsample">False on the last level.</param>
    public DownBlock(
        IReadOnlyList<int> channels,
        int timeChannels,
        int groups,
        TransformerShape? transformer,
        Func<int> nextLayer,
        bool downsample
    )
        : base(nameof(DownBlock))
    {
        int outChannels = channels[^1];
        UNetResidualBlock[] blocks =
        [
            .. channels.SkipLast(1).Select(inChannels => new UNetResidualBlock(inChannels, outChannels, timeChannels, groups)),
        ];
        if (transformer is not null)
        {
            _attentions = nn.ModuleList([.. blocks.Select(_ => new SpatialTransformer(transformer, nextLayer))]);
        }

        _resnets = nn.ModuleList(blocks);
        if (downsample)
        {
            _downsampler = new StridedConvolution(outChannels);
        }
        RegisterComponents();
    }

    /// <summary>
    /// Appends every state that the decoder half will see to <paramref name="skips"/>. Null where the request stops here.
    /// </summary>
    public Tensor? Forward(Tensor input, Tensor activatedTime, Tensor context, AttentionRequest request, Stack<Tensor> skips)
    {
        Tensor? hidden = input;
        for (int i = 0; i < _resnets.Count; i++)
        {
            hidden = _resnets[i].Forward(hidden, activatedTime);
            if (_attentions is not null)
            {
                hidden = _attentions[i].Forward(hidden, context, request);
                if (hidden is null)
                {
                    return null;
                }
            }

            skips.Push(hidden);
        }

        if (_downsampler is not null)
        {
            hidden = _downsampler.call(hidden);
            skips.Push(hidden);
        }

        return hidden;
    }

    /// <summary>3x3, stride 2, padded by 1 all around. [B, C, h, w] -> [B, C, ceil(h/2), ceil(w/2)]. Key: <c>op.conv</c>.</summary>
    private sealed class StridedConvolution : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "op")]
        private readonly ConvolutionBlock _op;

        public StridedConvolution(int channels)
            : base(nameof(StridedConvolution))
        {
            _op = new ConvolutionBlock(channels, channels, kernelSize: 3, stride: 2, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _op.call(input);
    }
}
