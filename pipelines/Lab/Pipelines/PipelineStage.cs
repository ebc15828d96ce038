namespace CxrOnnx.Lab.Pipelines;

/// <summary>One command line with the files it reads and writes.</summary>
/// <param name="Name">Unique within the pipeline.</param>
/// <param name="Command">The command's words, for example <c>pretrain vae</c>; <c>cxr evaluate</c> runs the deployment tool.</param>
/// <param name="Arguments">Positional arguments.</param>
/// <param name="Options">
/// Options without their dashes; a list repeats its values, <c>true</c> sets a flag, <c>false</c> leaves it out.
/// </param>
/// <param name="Inputs">Files or folders whose content decides, together with the command line, whether the stage has to run.</param>
/// <param name="Outputs">Files or folders that exist when the stage is done.</param>
public sealed record PipelineStage(
    string Name,
    string Command,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Options,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs
)
{
    /// <summary>The stage as the words of a command line.</summary>
    public IReadOnlyList<string> CommandLine()
    {
        List<string> words = [.. Command.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. Arguments];
        foreach ((string option, IReadOnlyList<string> values) in Options)
        {
            switch (values)
            {
                case ["true"]:
                    words.Add($"--{option}");
                    break;
                case ["false"]:
                    break;
                default:
                    words.AddRange(values.SelectMany(value => new[] { $"--{option}", value }));
                    break;
            }
        }

        return words;
    }
}
