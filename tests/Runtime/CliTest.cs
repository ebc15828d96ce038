using CxrOnnx.Cli;
using CxrOnnx.CommandLine;
using Xunit;

namespace CxrOnnx.Runtime.Tests;

/// <summary>Runs <c>cxr</c> inside the test process.</summary>
internal static class CliTest
{
    public static async Task<CliRun> Run(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        int code = await CommandRunner.RunAsync(CxrRootCommand.Create(), arguments, output, error, TestContext.Current.CancellationToken);
        return new CliRun(code, output.ToString(), error.ToString());
    }
}

/// <summary>What a command line gave.</summary>
internal sealed record CliRun(int Code, string Output, string Error)
{
    /// <summary>Checks that it was refused as wrong input with one line that holds a text.</summary>
    public void AssertRefused(string text)
    {
        Assert.Equal((ExitCodes.WrongInput, ""), (Code, Output));
        string line = Assert.Single(Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(text, line, StringComparison.Ordinal);
    }
}
