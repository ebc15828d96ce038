using CxrOnnx.Checkpoints;
using CxrOnnx.Core;

namespace CxrOnnx.Lab.Commands;

/// <summary>The files of an export: those that were named, else those of the folder of <c>--from</c>.</summary>
/// <param name="UNet">Checkpoint of the U-Net.</param>
/// <param name="Vae">Checkpoint of the autoencoder.</param>
/// <param name="TextEncoder">Checkpoint of the text encoder.</param>
/// <param name="Tokenizer">Folder of the tokenizer, or null.</param>
/// <param name="Configuration">Model configuration.</param>
/// <param name="Notes">What was taken out of the folder.</param>
internal sealed record ExportParts(
    string UNet,
    string Vae,
    string TextEncoder,
    string? Tokenizer,
    string Configuration,
    IReadOnlyList<string> Notes
)
{
    /// <summary>Finds them.</summary>
    /// <exception cref="InputException">A part is neither named nor found; names all of them.</exception>
    public static ExportParts Find(string? from, string? unet, string? vae, string? textEncoder, string? tokenizer, string? configuration)
    {
        PublishedFolder? folder = from is null ? null : PublishedFolder.Open(from);
        List<string> missing = [];
        List<string> notes = [];
        string? Optional(string option, string? named, string? found)
        {
            if (named is null && found is not null)
            {
                notes.Add($"{option} {found}");
            }

            return named ?? found;
        }

        string Needed(string option, string? named, string? found)
        {
            string? path = Optional(option, named, found);
            if (path is null)
            {
                missing.Add(option);
            }

            return path ?? "";
        }

        ExportParts parts = new(
            Needed("--unet", unet, folder?.UNetPath),
            Needed("--vae", vae, folder?.VaePath),
            Needed("--text-encoder", textEncoder, folder?.TextEncoderPath),
            Optional("--tokenizer", tokenizer, folder?.TokenizerPath),
            Needed("--config", configuration, folder?.ConfigurationPath),
            notes
        );
        if (missing.Count > 0)
        {
            string hint = missing.Contains("--config")
                ? "; models/cxr-ldm.yaml is the configuration of the latent diffusion model that MONAI published for chest X-rays"
                : "";
            throw new InputException(
                from is null
                    ? $"{string.Join(", ", missing)} missing; give each with a file, or the folder of a published model with "
                        + $"--from DIR{hint}"
                    : $"{from}: nothing found for {string.Join(", ", missing)} (docs/cli.md lists the places); give each with a file{hint}"
            );
        }

        notes.AddRange(folder?.Notes ?? []);
        return parts;
    }
}
