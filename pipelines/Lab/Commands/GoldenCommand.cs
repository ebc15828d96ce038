using System.CommandLine;
using CxrOnnx.Lab.Golden;
using CxrOnnx.Trainer.Devices;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab golden</c>: parity cases computed by the TorchSharp modules.</summary>
public static class GoldenCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<string?> from = new("--from")
        {
            Description = "Folder of a published model, as for cxr-lab export: the parts are found in it, other options come first",
        };
        Option<string?> config = new("--config") { Description = "Model configuration (YAML)" };
        Option<string?> unet = new("--unet") { Description = "U-Net checkpoint (.pth or .safetensors; FILE#KEY for a state dict in it)" };
        Option<string?> vae = new("--vae") { Description = "Autoencoder checkpoint" };
        Option<string?> text = new("--text-encoder") { Description = "Text encoder checkpoint" };
        Option<string?> tokenizer = new("--tokenizer")
        {
            Description = "Tokenizer folder (vocab.json, merges.txt); without it token ids are random",
        };
        Option<FileInfo?> codebook = new("--codebook") { Description = "Codebook written by cxr-lab tune" };
        Option<FileInfo[]> images = new("--image")
        {
            Description = "Radiograph for a whole-grounding case; may be repeated (default: one random image)",
        };
        Option<int?> side = new("--side")
        {
            Description = "Side of the random image in pixels (default: the model's); a smaller one makes a smaller file",
        };
        Option<int> seed = new("--seed") { Description = "Seed of the random inputs" };
        Option<bool> fused = new("--fused") { Description = "Also cases for grounding.onnx, for a bundle exported with --fused" };
        Option<FileInfo?> evidence = new("--evidence")
        {
            Description = "What cxr-lab evidence learned, as for cxr-lab export: also cases of its evidence maps",
        };
        Option<FileInfo> output = new("--out") { Description = "File to write, for cxr-lab export --golden", Required = true };
        Option<string> device = TrainingOptions.Device(
            "cpu",
            "; cpu by default, for which the tolerances are stated. A GPU computes in strict float32"
        );
        Option<DirectoryInfo?> libtorch = TrainingOptions.Libtorch();
        Command command = new(
            "golden",
            "Compute parity cases with the TorchSharp modules: every graph's inputs and outputs and the authors' whole grounding (all "
                + "steps, whole U-Net)."
        )
        {
            from,
            config,
            unet,
            vae,
            text,
            tokenizer,
            codebook,
            images,
            side,
            seed,
            fused,
            evidence,
            output,
            device,
            libtorch,
        };
        command.SetAction(parse =>
        {
            ExportParts parts = ExportParts.Find(
                parse.GetValue(from),
                parse.GetValue(unet),
                parse.GetValue(vae),
                parse.GetValue(text),
                parse.GetValue(tokenizer),
                parse.GetValue(config)
            );
            TorchDevice chosen = TorchDevice.Choose(parse.GetRequiredValue(device), parse.GetValue(libtorch)?.FullName);
            if (chosen.Name != "cpu" || parse.GetRequiredValue(device) != "cpu")
            {
                parse.InvocationConfiguration.Error.WriteLine(chosen);
            }

            GoldenRun run = new()
            {
                Device = chosen,
                ConfigPath = Path.GetFullPath(parts.Configuration),
                UNetPath = Path.GetFullPath(parts.UNet),
                VaePath = Path.GetFullPath(parts.Vae),
                TextEncoderPath = Path.GetFullPath(parts.TextEncoder),
                TokenizerPath = parts.Tokenizer is null ? null : Path.GetFullPath(parts.Tokenizer),
                CodebookPath = parse.GetValue(codebook)?.FullName,
                Images = (parse.GetValue(images) ?? []).Select(image => image.FullName).ToArray(),
                Side = parse.GetValue(side),
                Seed = parse.GetValue(seed),
                Fused = parse.GetValue(fused),
                EvidencePath = parse.GetValue(evidence)?.FullName,
            };
            run.Write(parse.GetRequiredValue(output).FullName);
            parse.InvocationConfiguration.Output.WriteLine($"wrote {parse.GetRequiredValue(output)}");
            return 0;
        });
        return command;
    }
}
