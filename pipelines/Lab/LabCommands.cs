using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Commands;
using CxrOnnx.Lab.Commands;

namespace CxrOnnx.Lab;

/// <summary>The command tree of <c>cxr-lab</c>.</summary>
public static class LabCommands
{
    /// <summary>
    /// Runs one command line; the words <c>cxr ...</c> run the deployment tool, so that pipelines can evaluate what they made.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(
        IReadOnlyList<string> words,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default
    )
    {
        // The stages of a pipeline are as quiet as the pipeline.
        error = QuietErrors.Of(words, error);
        return words is ["cxr", ..]
            ? CommandRunner.RunAsync(CxrCommands.CreateRoot(), [.. words.Skip(1)], output, error, cancellationToken)
            : CommandRunner.RunAsync(CreateRoot(Invoke), [.. words], output, error, cancellationToken, "cxr-lab");

        Task<int> Invoke(IReadOnlyList<string> stage, CancellationToken cancellation) => RunAsync(stage, output, error, cancellation);
    }

    /// <summary>Creates the root command.</summary>
    /// <param name="invoke">Runs one command line in this process, as the user would have typed it.</param>
    public static RootCommand CreateRoot(Func<IReadOnlyList<string>, CancellationToken, Task<int>> invoke)
    {
        RootCommand root = new("Phantom data, pre-training, prompt tuning, export and pipelines of chest X-ray grounding models.")
        {
            PhantomCommand.Create(),
            AtlasCommand.Create(),
            CurateCommand.Create(),
            CheckpointCommand.Create(),
            InitCommand.Create(),
            PretrainCommand.Create(),
            TuneCommand.Create(),
            SampleCommand.Create(),
            ExportCommand.Create(),
            CudaSetCommand.Create(),
            GoldenCommand.Create(),
            CalibrateCommand.Create(),
            EvidenceCommand.Create(),
            BenchReferenceCommand.Create(),
            LabDoctorCommand.Create(),
            RunCommand.Create(invoke),
        };
        root.Options.Add(CommonOptions.Verbose);
        root.Options.Add(CommonOptions.Quiet);
        return root;
    }
}
