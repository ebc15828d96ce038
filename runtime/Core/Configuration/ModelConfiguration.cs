using System.Text.Json.Serialization;

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
    [JsonPropertyName("unet")]
    public required UNetConfiguration UNet { get; init; }

    /// <summary>The CLIP text tower.</summary>
    public required TextEncoderConfiguration TextEncoder { get; init; }

    /// <summary>The noise schedule the model was trained with.</summary>
    public required SchedulerConfiguration Scheduler { get; init; }

    /// <summary>How heatmaps are made.</summary>
    public required GroundingConfiguration Grounding { get; init; }

    /// <summary>Latent cells along one side of the model's image.</summary>
    public int LatentSide => Image.Size / Vae.DownsamplingFactor;

    /// <summary>
    /// What both sides of an image, in pixels, must be multiples of: its latents must halve evenly down to the U-Net's lowest level, or its
    /// skip connections do not fit.
    /// </summary>
    public int SideMultiple => Vae.DownsamplingFactor << (UNet.NumChannels.Count - 1);
}
