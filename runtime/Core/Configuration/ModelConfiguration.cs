namespace CxrOnnx.Core.Configuration;

/// <summary>A whole latent diffusion model and how it grounds. The YAML keys are those of MONAI and Hugging Face.</summary>
public sealed record ModelConfiguration
{
    /// <summary>Short name of the model, used in manifests and model cards.</summary>
    public required string Name { get; init; }

    /// <summary>What the pixels look like before the VAE.</summary>
    public required ImageConfiguration Image { get; init; }

    /// <summary>The autoencoder.</summary>
    public required VaeConfiguration Vae { get; init; }

    /// <summary>The denoiser.</summary>
    public required UNetConfiguration UNet { get; init; }

    /// <summary>The CLIP text tower.</summary>
    public required TextEncoderConfiguration TextEncoder { get; init; }

    /// <summary>The noise schedule the model was trained with.</summary>
    public required SchedulerConfiguration Scheduler { get; init; }

    /// <summary>How heatmaps are made.</summary>
    public required GroundingConfiguration Grounding { get; init; }
}

/// <summary>Image size and latent scale.</summary>
public sealed record ImageConfiguration
{
    /// <summary>Side of the square that the model sees, in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>Factor between the VAE's posterior mean and the U-Net's latents.</summary>
    public required double LatentScale { get; init; }
}

/// <summary><c>AutoencoderKL</c> of MONAI GenerativeModels, without attention.</summary>
public sealed record VaeConfiguration
{
    /// <summary>Channels of the image.</summary>
    public required int InChannels { get; init; }

    /// <summary>Channels of the reconstruction.</summary>
    public required int OutChannels { get; init; }

    /// <summary>Channels per level; each level but the last halves the size.</summary>
    public required IReadOnlyList<int> NumChannels { get; init; }

    /// <summary>Channels of the latents (Cz).</summary>
    public required int LatentChannels { get; init; }

    /// <summary>Residual blocks per level.</summary>
    public required int NumResBlocks { get; init; }

    /// <summary>Groups of the group normalisations.</summary>
    public required int NormNumGroups { get; init; }

    /// <summary>Image pixels per latent cell along one axis.</summary>
    public int DownsamplingFactor => 1 << (NumChannels.Count - 1);
}

/// <summary><c>DiffusionModelUNet</c> of MONAI GenerativeModels with cross-attention conditioning.</summary>
public sealed record UNetConfiguration
{
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
    public int CrossAttentionLayerCount =>
        ((AttentionLevels.Count(level => level) * (2 * NumResBlocks + 1)) + 1) * TransformerNumLayers;
}

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

/// <summary>The training noise schedule.</summary>
public sealed record SchedulerConfiguration
{
    /// <summary>Training time steps.</summary>
    public required int NumTrainTimesteps { get; init; }

    /// <summary><c>scaled_linear_beta</c> or <c>linear_beta</c>.</summary>
    public required string Schedule { get; init; }

    /// <summary>First beta.</summary>
    public required double BetaStart { get; init; }

    /// <summary>Last beta.</summary>
    public required double BetaEnd { get; init; }

    /// <summary><c>v_prediction</c> or <c>epsilon</c>.</summary>
    public required string PredictionType { get; init; }
}

/// <summary>How a heatmap is made from attention maps.</summary>
public sealed record GroundingConfiguration
{
    /// <summary>Inference steps (N); spacing is "trailing".</summary>
    public required int NumInferenceSteps { get; init; }

    /// <summary>First (inclusive) and last (exclusive) inversion step whose attention is used; two numbers.</summary>
    public required IReadOnlyList<int> StepRange { get; init; }

    /// <summary>Cross-attention layers whose maps are averaged, in module order, counted from 0.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>Whether the map is multiplied by its Otsu mask.</summary>
    public required bool Otsu { get; init; }

    /// <summary>Standard deviation of the Gaussian filter, in pixels of the model's image.</summary>
    public required double GaussianSigma { get; init; }
}
