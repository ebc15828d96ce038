using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Lab.Pipelines;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab run</c>: runs the stages of a pipeline that are not up to date.</summary>
public static class RunCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="invoke">Runs one command line in this process, as the user would have typed it.</param>
    public static Command Create(Func<IReadOnlyList<string>, CancellationToken, Task<int>> invoke)
    {
        Argument<FileInfo> file = new("pipeline") { Description = "Pipeline file (YAML), for example pipelines/phantom.yaml" };
        Option<string?> from = new("--from") { Description = "Run this stage and all later ones even if nothing changed" };
        Option<bool> dryRun = new("--dry-run")
        {
            Description = "Only say which stages would run, and what is missing with the place to fetch it (exit code 1 if anything is)",
        };
        Option<string[]> set = new("--set")
        {
            Description = "Value of one of the pipeline's variables. May be given several times",
            HelpName = "NAME=VALUE",
        };
        Option<string?> folder = new("--folder") { Description = "Write below this folder instead of the pipeline's own" };
        SavingCommand command = new("run", "Run a pipeline; stages whose settings, inputs and outputs are unchanged are skipped.")
        {
            file,
            from,
            dryRun,
            folder,
            set,
        };
        command.SetAction(
            (parse, cancellationToken) =>
            {
                string path = Path.GetRelativePath(Environment.CurrentDirectory, parse.GetRequiredValue(file).FullName);
                PipelineDefinition pipeline = PipelineFile.Load(
                    path,
                    parse.GetValue(folder),
                    PipelineVariables.Parse(parse.GetValue(set) ?? [])
                );
                PipelineRunner runner = new(invoke, parse.InvocationConfiguration.Error.WriteLine);
                return runner.RunAsync(pipeline, parse.GetValue(from), parse.GetValue(dryRun), cancellationToken);
            }
        );
        return command;
    }
}
