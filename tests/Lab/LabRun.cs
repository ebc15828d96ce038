namespace CxrOnnx.Lab.Tests;

/// <summary>One command line of cxr-lab (or, with a leading <c>cxr</c>, of cxr), run in this process.</summary>
internal sealed record LabRun(int ExitCode, string Output, string Error)
{
    public static async Task<LabRun> Of(params string[] words)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await LabCommands.RunAsync(words, output, error, Xunit.TestContext.Current.CancellationToken);
        return new LabRun(code, output.ToString(), error.ToString());
    }
}
