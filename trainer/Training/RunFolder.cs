using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.Vae;
using TorchSharp;

namespace CxrOnnx.Trainer.Training;

/// <summary>Names of the files of a training run, and how they are opened.</summary>
public static class RunFolder
{
    /// <summary>The autoencoder's checkpoint.</summary>
    public const string Autoencoder = "autoencoder.safetensors";

    /// <summary>The U-Net's checkpoint.</summary>
    public const string UNet = "diffusion_model.safetensors";

    /// <summary>The text encoder's checkpoint.</summary>
    public const string TextEncoder = "text_encoder/model.safetensors";

    /// <summary>Optimiser state of text encoder and U-Net.</summary>
    public const string DiffusionState = "diffusion.state.safetensors";

    /// <summary>The text encoder that was trained on prompts alone.</summary>
    public const string PretrainedText = "text/model.safetensors";

    /// <summary>The tuned codebook.</summary>
    public const string Codebook = "codebook.safetensors";

    /// <summary>The codebook with the frozen model's own rows, for comparison.</summary>
    public const string FrozenCodebook = "codebook-frozen.safetensors";

    /// <summary>The location atlas of the training images.</summary>
    public const string Atlas = "atlas.yaml";

    /// <summary>The model's configuration with the measured latent scale.</summary>
    public const string Configuration = "model.yaml";

    /// <summary>Loads the autoencoder of a run, frozen.</summary>
    /// <param name="folder">Folder of the run.</param>
    /// <param name="configuration">The model.</param>
    /// <param name="device">Where it computes; null = the CPU.</param>
    /// <returns>The autoencoder, owned by the caller.</returns>
    public static AutoencoderKL LoadVae(string folder, ModelConfiguration configuration, TorchSharp.torch.Device? device = null) =>
        OpenVae(Path.Combine(folder, Autoencoder), configuration, device);

    /// <summary>Loads an autoencoder from a checkpoint in any of the published formats, frozen.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="configuration">The model.</param>
    /// <param name="device">Where it computes; null = the CPU.</param>
    /// <returns>The autoencoder, owned by the caller.</returns>
    /// <exception cref="ArtifactException">The file is missing or does not fit the configuration.</exception>
    public static AutoencoderKL OpenVae(string path, ModelConfiguration configuration, TorchSharp.torch.Device? device = null)
    {
        AutoencoderKL vae = new(configuration.Vae);
        using ITensorFile file = CheckpointFile.Open(path);
        StateDictLoader.Load(vae, file);
        vae.to(device ?? TorchSharp.torch.CPU);
        foreach (TorchSharp.Modules.Parameter parameter in vae.parameters())
        {
            parameter.requires_grad = false;
        }

        return vae;
    }
}
