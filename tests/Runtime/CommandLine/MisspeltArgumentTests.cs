using Xunit;

namespace CxrOnnx.Runtime.Tests.CommandLine;

/// <summary>A misspelt option or command is an error, and never something else.</summary>
[Trait("Category", "quick")]
public sealed class MisspeltArgumentTests
{
    [Theory]
    [InlineData("there is no option --determinstic; did you mean --deterministic?", "ground", "a.png", "left", "--determinstic")]
    [InlineData("there is no option --determinstic; did you mean --deterministic?", "ground", "a.png", "--determinstic", "left")]
    [InlineData("there is no option --josn; did you mean --json?", "inspect", "--josn")]
    [InlineData("there is no option -x (what begins with a dash", "ground", "a.png", "left", "-x")]
    [InlineData(
        "--out wants a value and got --determinstic; did you mean --deterministic?",
        "ground",
        "a.png",
        "left",
        "--out",
        "--determinstic"
    )]
    [InlineData("there is no command grond; did you mean ground?", "grond")]
    public async Task Run_MisspeltName_IsRefusedWithAGuess(string message, params string[] arguments) =>
        (await CliTest.Run(arguments)).AssertRefused(message);

    [Fact]
    public async Task Run_WordsAfterTwoDashes_ArePhrases() =>
        (await CliTest.Run("ground", "none.png", "--", "--determinstic")).AssertRefused("none.png");

    [Fact]
    public async Task Run_NegativeNumber_IsAValue() =>
        (await CliTest.Run("ground", "none.png", "left", "--threshold", "-1")).AssertRefused("none.png");
}
