using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Models;

namespace CxrOnnx.Trainer.Training;

/// <summary>Names of the files of a training run, and how they are opened.</summary>
public static class RunFolder
{
    /// <summary>The autoencoder's checkpoint.</summary>
    public const string Autoencoder = "autoencoder.safetensors";

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

    /// <summary>Loads a trained autoencoder, frozen.</summary>
    /// <param name="folder">Folder of the run.</param>
    /// <param name="configuration">The model.</param>
    /// <returns>The autoencoder, owned by the caller.</returns>
    public static AutoencoderKL LoadVae(string folder, ModelConfiguration configuration)
    {
        AutoencoderKL vae = new(configuration.Vae);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, Autoencoder));
        StateDictLoader.Load(vae, file);
        foreach (TorchSharp.Modules.Parameter parameter in vae.parameters())
        {
            parameter.requires_grad = false;
        }

        return vae;
    }
}
