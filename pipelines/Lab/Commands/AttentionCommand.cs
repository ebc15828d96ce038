using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Lab.Attention;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab attention</c>: which tokens the attention goes to, and how well each kind's map grounds.</summary>
public static class AttentionCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<FileInfo> config = Required("--config", "Model configuration (YAML)"),
            unet = Required("--unet", "U-Net checkpoint"),
            vae = Required("--vae", "Autoencoder checkpoint"),
            text = Required("--text-encoder", "Text encoder checkpoint"),
            annotations = Required("--annotations", "ms-cxr.csv of cxr-lab phantom"),
            output = Required("--out", "JSON file to write");
        Option<DirectoryInfo> tokenizer = TrainingOptions.Tokenizer();
        Option<FileInfo?> codebook = new("--codebook")
        {
            Description = "Codebook of cxr-lab tune; without it the frozen model is measured",
        };
        Option<DirectoryInfo> images = new("--images") { Description = "Folder of the images", Required = true };
        Option<DirectoryInfo?> reports = new("--reports")
        {
            Description = "Folder of the reports: their sentences are the prompts; without it standard prompts are",
        };
        Option<int> limit = new("--limit") { Description = "Only the first N phrases", HelpName = "N" };
        Option<bool> merging = new("--bias-merging")
        {
            Description = "Also measure the maps of Bimodal Bias Merging (arXiv:2507.12236); a trajectory from noise for each prompt",
        };
        Option<long> seed = new("--seed") { Description = "Seed of the noise of --bias-merging" };
        Command command = new(
            "attention",
            "Measure how the cross-attention is divided among BoS, a prompt's own tokens, EoS and padding, and how well each group's map "
                + "grounds."
        )
        {
            config,
            unet,
            vae,
            text,
            tokenizer,
            codebook,
            annotations,
            images,
            reports,
            limit,
            merging,
            seed,
            output,
        };
        command.SetAction(
            (parse, cancellation) =>
            {
                int phrases = parse.GetValue(limit);
                AttentionRun run = new()
                {
                    ConfigPath = parse.GetRequiredValue(config).FullName,
                    UNetPath = parse.GetRequiredValue(unet).FullName,
                    VaePath = parse.GetRequiredValue(vae).FullName,
                    TextEncoderPath = parse.GetRequiredValue(text).FullName,
                    TokenizerPath = parse.GetRequiredValue(tokenizer).FullName,
                    CodebookPath = parse.GetValue(codebook)?.FullName,
                    Annotations = parse.GetRequiredValue(annotations).FullName,
                    Images = parse.GetRequiredValue(images).FullName,
                    Reports = parse.GetValue(reports)?.FullName,
                    BiasMerging = parse.GetValue(merging),
                    Seed = parse.GetValue(seed),
                    Limit = phrases > 0 ? phrases : int.MaxValue,
                };
                AttentionResult result = run.Measure(
                    (done, total) =>
                    {
                        if (done % 20 == 0 || done == total)
                        {
                            parse.InvocationConfiguration.Error.WriteLine($"attention: {done}/{total} phrases");
                        }
                    },
                    cancellation
                );
                result.Save(parse.GetRequiredValue(output).FullName);
                foreach (string line in result.Lines())
                {
                    parse.InvocationConfiguration.Output.WriteLine(line);
                }

                return Task.FromResult(ExitCodes.Done);
            }
        );
        return command;
    }

    private static Option<FileInfo> Required(string name, string description) => new(name) { Description = description, Required = true };
}
