using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models.Layers;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models.TextEncoder;

/// <summary>
/// The CLIP text tower (Radford et al. 2021, arXiv:2103.00020) with the state-dict keys of Hugging Face's <c>CLIPTextModel</c>: causal
/// attention, padding not masked. W is <see cref="TextEncoderConfiguration.HiddenSize"/>, S at most the context length. Not thread-safe.
/// </summary>
public sealed class ClipTextEncoder : nn.Module
{
    [ComponentName(Name = "text_model")]
    private readonly TextTransformer _transformer;

    /// <summary>
    /// Builds the modules with PyTorch's default initialisation; see <see cref="WeightInitialization"/> for a seeded one.
    /// </summary>
    /// <exception cref="InputException">The activation is neither <c>gelu</c> nor <c>quick_gelu</c>.</exception>
    public ClipTextEncoder(TextEncoderConfiguration configuration)
        : base(nameof(ClipTextEncoder))
    {
        Configuration = configuration;
        _transformer = new TextTransformer(configuration);
        RegisterComponents();
    }

    /// <summary>The sizes that this model was built with.</summary>
    public TextEncoderConfiguration Configuration { get; }

    /// <summary>The token embedding table, float [vocabulary, W]; owned by the model.</summary>
    public Parameter TokenEmbedding => _transformer.Embeddings.TokenEmbedding.weight!;

    /// <summary>Context vectors of token ids.</summary>
    /// <param name="inputIds">int64 [B, S]. Read only.</param>
    /// <returns>float [B, S, W] after the final layer normalisation; owned by the caller.</returns>
    /// <exception cref="InputException">The shape does not fit the configuration.</exception>
    public Tensor Forward(Tensor inputIds)
    {
        if (inputIds.dim() != 2 || inputIds.dtype != ScalarType.Int64)
        {
            throw new InputException($"token ids {inputIds.dtype} [{string.Join(", ", inputIds.shape)}], wanted Int64 [B, S]");
        }

        using Tensor embeddings = ShapeOnly.Rows(_transformer.Embeddings.TokenEmbedding, inputIds);
        return ForwardEmbeddings(embeddings);
    }

    /// <summary>Context vectors of token embeddings; gradients flow back into them.</summary>
    /// <param name="tokenEmbeddings">float [B, S, W]: rows of the embedding table, before position embeddings are added. Read only.</param>
    /// <returns>float [B, S, W] after the final layer normalisation; owned by the caller.</returns>
    /// <exception cref="InputException">The shape does not fit the configuration.</exception>
    public Tensor ForwardEmbeddings(Tensor tokenEmbeddings)
    {
        using DisposeScope scope = NewDisposeScope();
        return scope.MoveToOuter(_transformer.FinalLayerNorm.call(HiddenStates(tokenEmbeddings)[^1]));
    }

    /// <summary>
    /// The states between the layers: the embeddings with positions, then the result of each layer, before the final normalisation.
    /// </summary>
    /// <param name="tokenEmbeddings">float [B, S, W], before position embeddings are added. Read only.</param>
    /// <returns>Layers + 1 tensors, float [B, S, W] each; owned by the caller.</returns>
    /// <exception cref="InputException">The shape does not fit the configuration.</exception>
    public IReadOnlyList<Tensor> HiddenStates(Tensor tokenEmbeddings)
    {
        if (
            tokenEmbeddings.dim() != 3
            || tokenEmbeddings.shape[1] > Configuration.MaxPositionEmbeddings
            || tokenEmbeddings.shape[2] != Configuration.HiddenSize
        )
        {
            throw new InputException(
                $"token embeddings of shape [{string.Join(", ", tokenEmbeddings.shape)}], wanted [B, S <= "
                    + $"{Configuration.MaxPositionEmbeddings}, {Configuration.HiddenSize}]"
            );
        }

        using DisposeScope scope = NewDisposeScope();
        List<Tensor> states =
        [
            tokenEmbeddings.Plus(_transformer.Embeddings.PositionEmbedding.weight!.narrow(0, 0, tokenEmbeddings.shape[1])),
        ];
        foreach (ClipTextLayer layer in _transformer.Encoder.Layers)
        {
            states.Add(layer.call(states[^1]));
        }

        scope.MoveToOuter(states);
        return states;
    }

    /// <summary>The levels of nesting that the key names want.</summary>
    private sealed class TextTransformer : nn.Module
    {
        [ComponentName(Name = "embeddings")]
        private readonly TextEmbeddings _embeddings;

        [ComponentName(Name = "encoder")]
        private readonly LayerStack _encoder;

        [ComponentName(Name = "final_layer_norm")]
        private readonly LayerNormalization _finalLayerNorm;

        public TextTransformer(TextEncoderConfiguration configuration)
            : base(nameof(TextTransformer))
        {
            _embeddings = new TextEmbeddings(configuration);
            _encoder = new LayerStack(configuration);
            _finalLayerNorm = Normalization.Layer(configuration.HiddenSize);
            RegisterComponents();
        }

        public TextEmbeddings Embeddings => _embeddings;

        public LayerStack Encoder => _encoder;

        public LayerNormalization FinalLayerNorm => _finalLayerNorm;
    }

    private sealed class TextEmbeddings : nn.Module
    {
        [ComponentName(Name = "token_embedding")]
        private readonly Embedding _tokenEmbedding;

        [ComponentName(Name = "position_embedding")]
        private readonly Embedding _positionEmbedding;

        public TextEmbeddings(TextEncoderConfiguration configuration)
            : base(nameof(TextEmbeddings))
        {
            _tokenEmbedding = nn.Embedding(configuration.VocabSize, configuration.HiddenSize);
            _positionEmbedding = nn.Embedding(configuration.MaxPositionEmbeddings, configuration.HiddenSize);
            RegisterComponents();
        }

        public Embedding TokenEmbedding => _tokenEmbedding;

        public Embedding PositionEmbedding => _positionEmbedding;
    }

    private sealed class LayerStack : nn.Module
    {
        [ComponentName(Name = "layers")]
        private readonly ModuleList<ClipTextLayer> _layers;

        public LayerStack(TextEncoderConfiguration configuration)
            : base(nameof(LayerStack))
        {
            _layers = nn.ModuleList([.. Enumerable.Range(0, configuration.NumHiddenLayers).Select(_ => new ClipTextLayer(configuration))]);
            RegisterComponents();
        }

        public ModuleList<ClipTextLayer> Layers => _layers;
    }
}
