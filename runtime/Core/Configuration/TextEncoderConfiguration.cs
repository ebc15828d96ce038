namespace CxrOnnx.Core.Configuration;

/// <summary>Hugging Face <c>CLIPTextModel</c>.</summary>
public sealed record TextEncoderConfiguration
{
    /// <summary>Rows of the token embedding.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width (W).</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width inside the feed-forward blocks.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Transformer layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Attention heads per layer.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Activation: <c>gelu</c> (erf) or <c>quick_gelu</c>.</summary>
    public required string HiddenAct { get; init; }

    /// <summary>Context length (S).</summary>
    public required int MaxPositionEmbeddings { get; init; }
}
