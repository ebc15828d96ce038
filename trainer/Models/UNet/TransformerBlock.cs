using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// Self-attention, cross-attention to the context, feed-forward; each normalised before and added to its input. [B, Q, C] -> [B, Q, C].
/// </summary>
internal sealed class TransformerBlock : nn.Module
{
    private readonly int _layer;

    [ComponentName(Name = "attn1")]
    private readonly Attention _selfAttention;

    [ComponentName(Name = "ff")]
    private readonly GatedFeedForward _feedForward;

    [ComponentName(Name = "attn2")]
    private readonly Attention _crossAttention;

    [ComponentName(Name = "norm1")]
    private readonly LayerNormalization _norm1;

    [ComponentName(Name = "norm2")]
    private readonly LayerNormalization _norm2;

    [ComponentName(Name = "norm3")]
    private readonly LayerNormalization _norm3;

    /// <param name="shape">Sizes.</param>
    /// <param name="layer">Index of the cross-attention among those of the U-Net.</param>
    public TransformerBlock(TransformerShape shape, int layer)
        : base(nameof(TransformerBlock))
    {
        _layer = layer;
        _selfAttention = new Attention(shape.Channels, shape.Channels, shape.HeadCount);
        _feedForward = new GatedFeedForward(shape.Channels);
        _crossAttention = new Attention(shape.Channels, shape.ContextChannels, shape.HeadCount);
        _norm1 = Normalization.Layer(shape.Channels);
        _norm2 = Normalization.Layer(shape.Channels);
        _norm3 = Normalization.Layer(shape.Channels);
        RegisterComponents();
    }

    /// <summary>Null where the request stops at this block's cross-attention.</summary>
    public Tensor? Forward(Tensor input, Tensor context, AttentionRequest request)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normalized = _norm1.call(input);
        Tensor hidden = input.Plus(_selfAttention.Attend(normalized, normalized));
        normalized = _norm2.call(hidden);
        if (!request.Wants(_layer))
        {
            hidden = hidden.Plus(_crossAttention.Attend(normalized, context));
        }
        else
        {
            Tensor probabilities = _crossAttention.Probabilities(normalized, context);
            request.Keep(_layer, probabilities.mean([1]));
            if (request.StopsAt(_layer))
            {
                return null;
            }

            hidden = hidden.Plus(_crossAttention.Apply(probabilities, context));
        }

        return scope.MoveToOuter(hidden.Plus(_feedForward.call(_norm3.call(hidden))));
    }

    /// <summary>Gated linear unit with GELU (Shazeer 2020, arXiv:2002.05202), four times as wide inside.</summary>
    private sealed class GatedFeedForward : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "linear1")]
        private readonly Linear _linear1;

        [ComponentName(Name = "linear2")]
        private readonly Linear _linear2;

        public GatedFeedForward(int channels)
            : base(nameof(GatedFeedForward))
        {
            _linear1 = nn.Linear(channels, 8L * channels);
            _linear2 = nn.Linear(4L * channels, channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor[] halves = _linear1.call(input).chunk(2, dim: -1);
            return _linear2.call(halves[0] * gelu(halves[1]));
        }
    }
}
