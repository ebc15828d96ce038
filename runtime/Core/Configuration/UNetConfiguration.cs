namespace CxrOnnx.Core.Configuration;

/// <summary><c>DiffusionModelUNet</c> of MONAI GenerativeModels with cross-attention conditioning.</summary>
public sealed record UNetConfiguration
{
    /// <summary>Width of the time embedding over the channels of the first level.</summary>
    public const int TimeEmbeddingFactor = 4;

    /// <summary>Width inside a transformer's feed-forward part over its channels, before the gate.</summary>
    public const int FeedForwardFactor = 4;

    /// <summary>Channels of the noisy latents.</summary>
    public required int InChannels { get; init; }

    /// <summary>Channels of the prediction.</summary>
    public required int OutChannels { get; init; }

    /// <summary>Channels per level; each level but the last halves the size.</summary>
    public required IReadOnlyList<int> NumChannels { get; init; }

    /// <summary>Residual blocks per level.</summary>
    public required int NumResBlocks { get; init; }

    /// <summary>Which levels carry transformer blocks. The middle block always does.</summary>
    public required IReadOnlyList<bool> AttentionLevels { get; init; }

    /// <summary>Channels per attention head of each level (ignored, usually 0, where the level has no attention).</summary>
    public required IReadOnlyList<int> NumHeadChannels { get; init; }

    /// <summary>Width of the text encoder's states.</summary>
    public required int CrossAttentionDim { get; init; }

    /// <summary>Transformer blocks per attention.</summary>
    public required int TransformerNumLayers { get; init; }

    /// <summary>Groups of the group normalisations.</summary>
    public required int NormNumGroups { get; init; }

    /// <summary>Number of cross-attention layers in module order: down, middle, up.</summary>
    public int CrossAttentionLayerCount => ((AttentionLevels.Count(level => level) * (2 * NumResBlocks + 1)) + 1) * TransformerNumLayers;
}
