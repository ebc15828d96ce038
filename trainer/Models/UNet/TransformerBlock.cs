using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models;

/// <summary>Self-attention, cross-attention to the context, feed-forward; each normalised before and added to its input. [B, Q, C] -> [B, Q, C].</summary>
internal sealed class TransformerBlock : nn.Module
{
    private readonly int layer;

    [ComponentName(Name = "attn1")]
    private readonly Attention selfAttention;

    [ComponentName(Name = "ff")]
    private readonly GatedFeedForward feedForward;

    [ComponentName(Name = "attn2")]
    private readonly Attention crossAttention;

    private readonly LayerNorm norm1;
    private readonly LayerNorm norm2;
    private readonly LayerNorm norm3;

    /// <param name="shape">Sizes.</param>
    /// <param name="layer">Index of the cross-attention among those of the U-Net.</param>
    public TransformerBlock(TransformerShape shape, int layer)
        : base(nameof(TransformerBlock))
    {
        this.layer = layer;
        selfAttention = new Attention(shape.Channels, shape.Channels, shape.HeadCount);
        feedForward = new GatedFeedForward(shape.Channels);
        crossAttention = new Attention(shape.Channels, shape.ContextChannels, shape.HeadCount);
        norm1 = Normalization.Layer(shape.Channels);
        norm2 = Normalization.Layer(shape.Channels);
        norm3 = Normalization.Layer(shape.Channels);
        RegisterComponents();
    }

    /// <summary>Null where the request stops at this block's cross-attention.</summary>
    public Tensor? Forward(Tensor input, Tensor context, AttentionRequest request)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor normalized = norm1.call(input);
        Tensor hidden = input.Plus(selfAttention.Attend(normalized, normalized));
        normalized = norm2.call(hidden);
        if (!request.Wants(layer))
        {
            hidden = hidden.Plus(crossAttention.Attend(normalized, context));
        }
        else
        {
            Tensor probabilities = crossAttention.Probabilities(normalized, context);
            request.Keep(layer, probabilities.mean([1]));
            if (request.StopsAt(layer))
            {
                return null;
            }

            hidden = hidden.Plus(crossAttention.Apply(probabilities, context));
        }

        return scope.MoveToOuter(hidden.Plus(feedForward.call(norm3.call(hidden))));
    }

    /// <summary>Gated linear unit with GELU (Shazeer 2020, arXiv:2002.05202), four times as wide inside.</summary>
    private sealed class GatedFeedForward : nn.Module<Tensor, Tensor>
    {
        private readonly Linear linear1;
        private readonly Linear linear2;

        public GatedFeedForward(int channels)
            : base(nameof(GatedFeedForward))
        {
            linear1 = nn.Linear(channels, 8L * channels);
            linear2 = nn.Linear(4L * channels, channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor[] halves = linear1.call(input).chunk(2, dim: -1);
            return linear2.call(halves[0] * gelu(halves[1]));
        }
    }
}
