namespace CxrOnnx.Core.Configuration;

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
