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
        Option<FileInfo> config = new("--config") { Description = "Model configuration (YAML)", Required = true };
        Option<FileInfo> unet = new("--unet")
        {
            Description = "U-Net checkpoint (.pth or .safetensors; FILE#KEY for a state dict in it)",
            Required = true,
        };
        Option<FileInfo> vae = new("--vae") { Description = "Autoencoder checkpoint", Required = true };
        Option<FileInfo> text = new("--text-encoder") { Description = "Text encoder checkpoint", Required = true };
        Option<DirectoryInfo?> tokenizer = new("--tokenizer")
        {
            Description = "Tokenizer folder (vocab.json, merges.txt); without it token ids are random",
        };
        Option<FileInfo?> codebook = new("--codebook") { Description = "Codebook written by cxr-lab tune" };
        Option<FileInfo[]> images = new("--image")
        {
            Description = "Radiograph for a whole-grounding case; may be repeated (default: one random image)",
        };
        Option<int> seed = new("--seed") { Description = "Seed of the random inputs" };
        Option<bool> fused = new("--fused") { Description = "Also cases for grounding.onnx, for a bundle exported with --fused" };
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
            config,
            unet,
            vae,
            text,
            tokenizer,
            codebook,
            images,
            seed,
            fused,
            output,
            device,
            libtorch,
        };
        command.SetAction(parse =>
        {
            TorchDevice chosen = TorchDevice.Choose(parse.GetRequiredValue(device), parse.GetValue(libtorch)?.FullName);
            if (chosen.Name != "cpu" || parse.GetRequiredValue(device) != "cpu")
            {
                parse.InvocationConfiguration.Error.WriteLine(chosen);
            }

            GoldenRun run = new()
            {
                Device = chosen,
                ConfigPath = parse.GetRequiredValue(config).FullName,
                UNetPath = parse.GetRequiredValue(unet).FullName,
                VaePath = parse.GetRequiredValue(vae).FullName,
                TextEncoderPath = parse.GetRequiredValue(text).FullName,
                TokenizerPath = parse.GetValue(tokenizer)?.FullName,
                CodebookPath = parse.GetValue(codebook)?.FullName,
                Images = (parse.GetValue(images) ?? []).Select(image => image.FullName).ToArray(),
                Seed = parse.GetValue(seed),
                Fused = parse.GetValue(fused),
            };
            run.Write(parse.GetRequiredValue(output).FullName);
            parse.InvocationConfiguration.Output.WriteLine($"wrote {parse.GetRequiredValue(output)}");
            return 0;
        });
        return command;
    }
}
