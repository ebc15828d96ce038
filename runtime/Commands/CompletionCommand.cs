using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Workflows;

namespace CxrOnnx.Commands;

/// <summary><c>cxr completion</c>: prints what a shell needs to complete commands and options.</summary>
public static class CompletionCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = $"{string.Join(", ", CompletionScript.Shells)}." };
        Command command = new("completion", "Print a script that completes commands and options in a shell.") { shell };
        command.SetAction(parsed =>
        {
            CommandOutput.Of(parsed).Document(CompletionScript.For(parsed.GetRequiredValue(shell)));
            return ExitCodes.Done;
        });
        return command;
    }
}
