using System.CommandLine;
using CxrOnnx.CommandLine;

namespace CxrOnnx.Commands;

/// <summary>The commands of <c>cxr</c> that need no web server.</summary>
public static class CxrCommands
{
    /// <summary>What <c>cxr --help</c> begins with.</summary>
    public const string Description =
        "Grounds report phrases on chest radiographs: an image and a phrase in, a heatmap and a box out. Research use only.";

    /// <summary>A command tree of them; the executable adds <c>serve</c>.</summary>
    public static RootCommand CreateRoot()
    {
        RootCommand root = new(Description)
        {
            GroundCommand.Create(),
            BatchCommand.Create(),
            MergeCommand.Create(),
            CasesCommand.Create(),
            WatchCommand.Create(),
            EvaluateCommand.Create(),
            TablesCommand.Create(),
            CompareCommand.Create(),
            ClassifyCommand.Create(),
            VerifyCommand.Create(),
            InspectCommand.Create(),
            TokenizeCommand.Create(),
            ReplayCommand.Create(),
            DoctorCommand.Create(),
            BenchCommand.Create(),
            CompletionCommand.Create(),
        };
        root.Options.Add(CommonOptions.Verbose);
        root.Options.Add(CommonOptions.Quiet);
        return root;
    }
}
