namespace CxrOnnx.Core.Configuration;

/// <summary>Image size and latent scale.</summary>
public sealed record ImageConfiguration
{
    /// <summary>Side of the square that the model sees, in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>Factor between the VAE's posterior mean and the U-Net's latents.</summary>
    public required double LatentScale { get; init; }
}
