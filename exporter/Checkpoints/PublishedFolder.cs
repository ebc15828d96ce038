using CxrOnnx.Core;

namespace CxrOnnx.Checkpoints;

/// <summary>
/// The parts of a model in a folder as they are published: diffusers' layout (<c>unet/</c>, <c>vae/</c>, <c>text_encoder/</c>,
/// <c>tokenizer/</c>) or that of a MONAI bundle (<c>models/</c>, <c>configs/</c>). Only the files' places are looked at; whether the
/// tensors fit is seen when they are read.
/// </summary>
/// <param name="UNetPath">The U-Net's checkpoint, or null.</param>
/// <param name="VaePath">The autoencoder's checkpoint, or null.</param>
/// <param name="TextEncoderPath">The text encoder's checkpoint, or null.</param>
/// <param name="TokenizerPath">The tokenizer's folder, or null.</param>
/// <param name="ConfigurationPath">A model configuration (YAML), or null: neither layout has one.</param>
/// <param name="Notes">Which file was taken where there were several, one sentence each.</param>
public sealed record PublishedFolder(
    string? UNetPath,
    string? VaePath,
    string? TextEncoderPath,
    string? TokenizerPath,
    string? ConfigurationPath,
    IReadOnlyList<string> Notes
)
{
    private static readonly string[] Weights = [".safetensors", ".pth", ".pt", ".bin"];

    private static readonly string[] UNets =
    [
        "unet/diffusion_pytorch_model",
        "unet/model",
        "models/diffusion_model",
        "models/unet",
        "diffusion_model",
        "unet",
    ];

    private static readonly string[] Vaes =
    [
        "vae/diffusion_pytorch_model",
        "vae/model",
        "models/autoencoder",
        "models/autoencoderkl",
        "models/vae",
        "autoencoder",
        "vae",
    ];

    private static readonly string[] TextEncoders =
    [
        "text_encoder/model",
        "text_encoder/pytorch_model",
        "models/text_encoder/model",
        "models/text_encoder/pytorch_model",
        "models/text_encoder",
        "text_encoder",
    ];

    private static readonly string[] Tokenizers = ["tokenizer", "models/tokenizer", "text_encoder", "."];

    private static readonly string[] Configurations = ["model.yaml", "config.yaml", "configs/model.yaml", "configs/config.yaml"];

    /// <summary>Looks through a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">There is no such folder.</exception>
    public static PublishedFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{folder}: no such folder; `from` wants one with the files of a published model");
        }

        List<string> notes = [];
        return new PublishedFolder(
            Checkpoint(folder, UNets, notes),
            Checkpoint(folder, Vaes, notes),
            Checkpoint(folder, TextEncoders, notes),
            Array.Find(
                [.. Tokenizers.Select(place => Path.Combine(folder, place))],
                place => File.Exists(Path.Combine(place, "vocab.json")) && File.Exists(Path.Combine(place, "merges.txt"))
            ),
            Array.Find([.. Configurations.Select(place => Path.Combine(folder, place))], File.Exists),
            notes
        );
    }

    private static string? Checkpoint(string folder, string[] places, List<string> notes)
    {
        string[] found = [.. places.SelectMany(place => Weights.Select(ending => Path.Combine(folder, place + ending))).Where(File.Exists)];
        if (found.Length > 1)
        {
            notes.Add($"{found[0]} was taken, not {string.Join(", ", found[1..])}");
        }

        return found.Length > 0 ? found[0] : null;
    }
}
