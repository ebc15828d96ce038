using System.CommandLine;
using CxrOnnx.Cli.Commands;

namespace CxrOnnx.Cli;

/// <summary>The <c>cxr</c> command with everything below it.</summary>
public static class CxrRootCommand
{
    /// <summary>Builds the command tree.</summary>
    public static RootCommand Create()
    {
        RootCommand root = new("Grounds report phrases on chest radiographs: an image and a phrase in, a heatmap and a box out. Research use only.");
        root.Options.Add(CommonOptions.Verbose);
        root.Subcommands.Add(GroundCommand.Create());
        root.Subcommands.Add(BatchCommand.Create());
        root.Subcommands.Add(EvaluateCommand.Create());
        root.Subcommands.Add(ClassifyCommand.Create());
        root.Subcommands.Add(VerifyCommand.Create());
        root.Subcommands.Add(InspectCommand.Create());
        root.Subcommands.Add(TokenizeCommand.Create());
        root.Subcommands.Add(ReplayCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(ServeCommand.Create());
        return root;
    }
}
