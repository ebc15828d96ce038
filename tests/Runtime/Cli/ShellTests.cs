using System.Diagnostics;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Cli;

/// <summary>What a shell gives and gets: the environment, completion.</summary>
[Trait("Category", "process")]
public sealed class ShellTests
{
    private static async Task<(int Code, string Output, string Error)> Bash(string script, string? bundle = null)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || !File.Exists("/bin/bash"), "there is no /bin/bash");
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        ProcessStartInfo start = new(
            "/bin/bash",
            ["-c", $"cxr() {{ '{host}' '{Path.Combine(AppContext.BaseDirectory, "cxr.dll")}' \"$@\"; }}\n{script}"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (bundle is not null)
        {
            start.Environment["CXR_BUNDLE"] = bundle;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }

    [Theory]
    [InlineData("cxr gr", "ground")]
    [InlineData("cxr ground x.png --heatmap-g", "--heatmap-grid")]
    [InlineData("cxr inspect --voc", "--vocabulary")]
    public async Task Completion_InBash_GivesTheWord(string line, string expected)
    {
        string words = string.Join(' ', line.Split(' ').Select(word => $"'{word}'"));
        (int code, string output, string error) = await Bash(
            $"""
            eval "$(cxr completion bash)"
            COMP_LINE='{line}' COMP_POINT={line.Length}
            COMP_WORDS=({words}) COMP_CWORD={line.Split(' ').Length - 1}
            _cxr_complete
            printf '%s\n' "${"{COMPREPLY[@]}"}"
            """
        );

        Assert.Equal((0, expected), (code, output.Trim()));
        Assert.Equal("", error);
    }

    [Fact]
    public async Task Completion_UnknownShell_IsRefused() =>
        (await CliTest.Run("completion", "tcsh")).AssertRefused("shell 'tcsh': known are bash, zsh, fish, pwsh");

    [Fact]
    public async Task Bundle_OfTheEnvironment_ComesBeforeTheShippedOneAndAfterTheOption()
    {
        (int code, string output, _) = await Bash("cxr doctor --json", TinyBundle.Folder);
        Assert.Equal(0, code);
        Assert.Contains($"{TinyBundle.Folder}, named by CXR_BUNDLE", output, StringComparison.Ordinal);

        (code, output, _) = await Bash($"cxr inspect '{TinyBundle.Folder}' --json", "/nowhere");
        Assert.Equal(0, code);
        (code, output, string error) = await Bash("cxr inspect", "/nowhere");
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("/nowhere: no such bundle; CXR_BUNDLE wants a folder", error, StringComparison.Ordinal);
    }
}
