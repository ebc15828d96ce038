using System.CommandLine;
using CxrOnnx.Commands;

namespace CxrOnnx.Cli;

/// <summary>The <c>cxr</c> command with everything below it.</summary>
public static class CxrRootCommand
{
    /// <summary>Builds the command tree.</summary>
    public static RootCommand Create()
    {
        RootCommand root = CxrCommands.CreateRoot();
        root.Subcommands.Add(ServeCommand.Create());
        return root;
    }
}
