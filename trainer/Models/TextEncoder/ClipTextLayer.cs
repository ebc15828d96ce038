using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace CxrOnnx.Trainer.Models.TextEncoder;

/// <summary>One pre-norm layer of the text tower: causal self-attention, then a feed-forward part. [B, S, W] -> [B, S, W].</summary>
internal sealed class ClipTextLayer : nn.Module<Tensor, Tensor>
{
    // The published approximation's constant (Hendrycks and Gimpel 2016, arXiv:1606.08415).
    private const double QuickGeluSlope = 1.702;

    [ComponentName(Name = "self_attn")]
    private readonly SelfAttention _attention;

    [ComponentName(Name = "layer_norm1")]
    private readonly LayerNormalization _norm1;

    [ComponentName(Name = "mlp")]
    private readonly FeedForward _feedForward;

    [ComponentName(Name = "layer_norm2")]
    private readonly LayerNormalization _norm2;

    public ClipTextLayer(TextEncoderConfiguration configuration)
        : base(nameof(ClipTextLayer))
    {
        _attention = new SelfAttention(configuration.HiddenSize, configuration.NumAttentionHeads);
        _norm1 = Normalization.Layer(configuration.HiddenSize);
        _feedForward = new FeedForward(configuration);
        _norm2 = Normalization.Layer(configuration.HiddenSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = input.Plus(_attention.call(_norm1.call(input)));
        return scope.MoveToOuter(hidden.Plus(_feedForward.call(_norm2.call(hidden))));
    }

    private sealed class SelfAttention : nn.Module<Tensor, Tensor>
    {
        private readonly int _heads;

        [ComponentName(Name = "q_proj")]
        private readonly Linear _query;

        [ComponentName(Name = "k_proj")]
        private readonly Linear _key;

        [ComponentName(Name = "v_proj")]
        private readonly Linear _value;

        [ComponentName(Name = "out_proj")]
        private readonly Linear _output;

        public SelfAttention(int width, int heads)
            : base(nameof(SelfAttention))
        {
            _heads = heads;
            _query = nn.Linear(width, width);
            _key = nn.Linear(width, width);
            _value = nn.Linear(width, width);
            _output = nn.Linear(width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor attended = ShapeOnly.Attend(
                Heads.Split(_query.call(input), _heads),
                Heads.Split(_key.call(input), _heads),
                Heads.Split(_value.call(input), _heads),
                causal: true
            );
            return _output.call(Heads.Merge(attended));
        }
    }

    private sealed class FeedForward : nn.Module<Tensor, Tensor>
    {
        private readonly bool _quick;

        [ComponentName(Name = "fc1")]
        private readonly Linear _first;

        [ComponentName(Name = "fc2")]
        private readonly Linear _second;

        public FeedForward(TextEncoderConfiguration configuration)
            : base(nameof(FeedForward))
        {
            _quick = configuration.HiddenAct switch
            {
                "gelu" => false,
                "quick_gelu" => true,
                _ => throw new InputException($"text encoder activation '{configuration.HiddenAct}'; known: gelu, quick_gelu"),
            };
            _first = nn.Linear(configuration.HiddenSize, configuration.IntermediateSize);
            _second = nn.Linear(configuration.IntermediateSize, configuration.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor hidden = _first.call(input);
            return _second.call(_quick ? hidden * hidden.Times(QuickGeluSlope).sigmoid() : gelu(hidden));
        }
    }
}
