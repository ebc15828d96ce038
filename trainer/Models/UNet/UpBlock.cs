using CxrOnnx.Trainer.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// One level of the decoder half: as <see cref="DownBlock"/>, but each residual block also sees a state of the encoder half.
/// </summary>
internal sealed class UpBlock : nn.Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<UNetResidualBlock> _resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer>? _attentions;

    [ComponentName(Name = "upsampler")]
    private readonly NearestUpsample? _upsampler;

    /// <param name="inChannels">Channels into each residual block, the encoder's state included.</param>
    /// <param name="outChannels">Channels of the level.</param>
    /// <param name="timeChannels">Width of the time embedding.</param>
    /// <param name="groups">Groups of the group normalisations.</param>
    /// <param name="transformer">Null where the level has no attention.</param>
    /// <param name="nextLayer">Numbers the cross-attention layers.</param>
    /// <param name="upsample">False on the last level.</param>
    public UpBlock(
        IReadOnlyList<int> inChannels,
        int outChannels,
        int timeChannels,
        int groups,
        TransformerShape? transformer,
        Func<int> nextLayer,
        bool upsample
    )
        : base(nameof(UpBlock))
    {
        UNetResidualBlock[] blocks = [.. inChannels.Select(channels => new UNetResidualBlock(channels, outChannels, timeChannels, groups))];
        if (transformer is not null)
        {
            _attentions = nn.ModuleList([.. blocks.Select(_ => new SpatialTransformer(transformer, nextLayer))]);
        }

        _resnets = nn.ModuleList(blocks);
        if (upsample)
        {
            _upsampler = new NearestUpsample(outChannels);
        }
        RegisterComponents();
    }

    /// <summary>Takes its states from <paramref name="skips"/>. Null where the request stops here.</summary>
    public Tensor? Forward(Tensor input, Tensor activatedTime, Tensor context, AttentionRequest request, Stack<Tensor> skips)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? hidden = input;
        for (int i = 0; i < _resnets.Count; i++)
        {
            hidden = _resnets[i].Forward(cat([hidden, skips.Pop()], dim: 1), activatedTime);
            if (_attentions is not null)
            {
                hidden = _attentions[i].Forward(hidden, context, request);
                if (hidden is null)
                {
                    return null;
                }
            }
        }

        return scope.MoveToOuter(_upsampler is null ? hidden : _upsampler.call(hidden));
    }
}
