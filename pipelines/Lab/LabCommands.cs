using System.CommandLine;
using CxrOnnx.Lab.Commands;

namespace CxrOnnx.Lab;

/// <summary>The command tree of <c>cxr-lab</c>.</summary>
public static class LabCommands
{
    /// <summary>Creates the root command.</summary>
    /// <param name="invoke">Runs one command line in this process, as the user would have typed it.</param>
    public static RootCommand CreateRoot(Func<IReadOnlyList<string>, CancellationToken, Task<int>> invoke) =>
        new("Phantom data, pre-training, prompt tuning, export and pipelines of chest X-ray grounding models.")
        {
            InitCommand.Create(),
            RunCommand.Create(invoke),
        };
}
