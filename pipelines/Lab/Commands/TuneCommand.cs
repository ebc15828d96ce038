using System.CommandLine;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Trainer.PromptTuning;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab tune</c>: prompt tuning of a pre-trained run.</summary>
public static class TuneCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<FileInfo> settings = TrainingOptions.Settings();
        Option<DirectoryInfo> tokenizer = TrainingOptions.Tokenizer();
        Option<DirectoryInfo> output = TrainingOptions.Run();
        Option<int> check = new("--check") { Description = "Held-out findings to score frozen, tuned and prior on; 0 = none", DefaultValueFactory = _ => 100 };
        Command command = new("tune", "Learn the location rows of the codebook; everything else stays frozen. An interrupted run continues where it stopped.")
        {
            settings, tokenizer, output, check,
        };
        command.SetAction((parse, cancellation) =>
        {
            string folder = parse.GetRequiredValue(output).FullName;
            Tuning tuning = new(
                folder, TrainingOptions.Load(parse.GetRequiredValue(settings)), ClipTokenizer.Load(parse.GetRequiredValue(tokenizer).FullName),
                parse.InvocationConfiguration.Error.WriteLine);
            tuning.Run(parse.GetValue(check), cancellation);
            cancellation.ThrowIfCancellationRequested();
            parse.InvocationConfiguration.Output.WriteLine($"{Path.Combine(folder, "codebook.safetensors")}: prompts tuned");
            return Task.FromResult(0);
        });
        return command;
    }
}
