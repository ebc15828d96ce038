using System.CommandLine;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using Xunit;

namespace CxrOnnx.Runtime.Tests.CommandLine;

[Trait("Category", "quick")]
public sealed class CommandRunnerTests
{
    private static async Task<CliRun> Run(Action action, params string[] more)
    {
        RootCommand root = new() { CommonOptions.Verbose };
        Command command = new("do");
        command.SetAction(_ => action());
        root.Add(command);
        StringWriter output = new();
        StringWriter error = new();
        int code = await CommandRunner.RunAsync(root, ["do", .. more], output, error, TestContext.Current.CancellationToken);
        return new CliRun(code, output.ToString(), error.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task RunAsync_InputException_IsOneLineAndCode2()
    {
        CliRun run = await Run(() => throw new InputException("image.png: no such file;\n give another"));
        Assert.Equal((2, "error: image.png: no such file; give another\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task RunAsync_UnexpectedException_IsOneLineAndCode3()
    {
        CliRun run = await Run(() => throw new InvalidOperationException("something odd"));
        Assert.Equal(
            (3, "error: internal error: something odd (InvalidOperationException; --verbose shows where)\n"),
            (run.Code, run.Error)
        );
    }

    [Fact]
    public async Task RunAsync_Verbose_ShowsTheStackTrace()
    {
        CliRun run = await Run(() => throw new InvalidOperationException("something odd"), "--verbose");
        Assert.Equal(3, run.Code);
        Assert.Contains("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Cancelled_IsCode130()
    {
        CliRun run = await Run(() => throw new OperationCanceledException());
        Assert.Equal((130, "error: interrupted\n"), (run.Code, run.Error));
    }

    [Theory]
    [InlineData("see cxr --help", "nonsense")]
    [InlineData("see cxr doctor --help", "doctor", "--nonsense")]
    [InlineData("see cxr doctor --help", "doctor", "--provider")]
    public async Task RunAsync_WrongCommandLine_IsOneLineAndCode2(string expected, params string[] arguments) =>
        (await CliTest.Run(arguments)).AssertRefused(expected);

    [Fact]
    public async Task RunAsync_NoArguments_ShowsHelpAndCode2()
    {
        CliRun run = await CliTest.Run();
        Assert.Equal(2, run.Code);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("doctor", "--help")]
    [InlineData("--version")]
    public async Task RunAsync_HelpAndVersion_AreCode0(params string[] arguments)
    {
        CliRun run = await CliTest.Run(arguments);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.NotEmpty(run.Output);
    }
}
