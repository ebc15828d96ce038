using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models;

/// <summary>One pre-norm layer of the text tower: causal self-attention, then a feed-forward part. [B, S, W] -> [B, S, W].</summary>
internal sealed class ClipTextLayer : nn.Module<Tensor, Tensor>
{
    // The published approximation's constant (Hendrycks and Gimpel 2016, arXiv:1606.08415).
    private const double QuickGeluSlope = 1.702;

    [ComponentName(Name = "self_attn")]
    private readonly SelfAttention attention;

    [ComponentName(Name = "layer_norm1")]
    private readonly LayerNorm norm1;

    [ComponentName(Name = "mlp")]
    private readonly FeedForward feedForward;

    [ComponentName(Name = "layer_norm2")]
    private readonly LayerNorm norm2;

    public ClipTextLayer(TextEncoderConfiguration configuration)
        : base(nameof(ClipTextLayer))
    {
        attention = new SelfAttention(configuration.HiddenSize, configuration.NumAttentionHeads);
        norm1 = Normalization.Layer(configuration.HiddenSize);
        feedForward = new FeedForward(configuration);
        norm2 = Normalization.Layer(configuration.HiddenSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = input.Plus(attention.call(norm1.call(input)));
        return scope.MoveToOuter(hidden.Plus(feedForward.call(norm2.call(hidden))));
    }

    private sealed class SelfAttention : nn.Module<Tensor, Tensor>
    {
        private readonly int heads;

        [ComponentName(Name = "q_proj")]
        private readonly Linear query;

        [ComponentName(Name = "k_proj")]
        private readonly Linear key;

        [ComponentName(Name = "v_proj")]
        private readonly Linear value;

        [ComponentName(Name = "out_proj")]
        private readonly Linear output;

        public SelfAttention(int width, int heads)
            : base(nameof(SelfAttention))
        {
            this.heads = heads;
            query = nn.Linear(width, width);
            key = nn.Linear(width, width);
            value = nn.Linear(width, width);
            output = nn.Linear(width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor attended = scaled_dot_product_attention(
                Heads.Split(query.call(input), heads), Heads.Split(key.call(input), heads), Heads.Split(value.call(input), heads), is_casual: true);
            return output.call(Heads.Merge(attended));
        }
    }

    private sealed class FeedForward : nn.Module<Tensor, Tensor>
    {
        private readonly bool quick;

        [ComponentName(Name = "fc1")]
        private readonly Linear first;

        [ComponentName(Name = "fc2")]
        private readonly Linear second;

        public FeedForward(TextEncoderConfiguration configuration)
            : base(nameof(FeedForward))
        {
            quick = configuration.HiddenAct switch
            {
                "gelu" => false,
                "quick_gelu" => true,
                _ => throw new InputException($"text encoder activation '{configuration.HiddenAct}'; known: gelu, quick_gelu"),
            };
            first = nn.Linear(configuration.HiddenSize, configuration.IntermediateSize);
            second = nn.Linear(configuration.IntermediateSize, configuration.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor hidden = first.call(input);
            return second.call(quick ? hidden * hidden.Times(QuickGeluSlope).sigmoid() : gelu(hidden));
        }
    }
}
