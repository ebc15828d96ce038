using System.Text.Json;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class TokenizeCommandTests
{
    private static string Tokenizer => Path.Combine(Fixtures.Repository, "models", "tokenizer");

    [Fact]
    public async Task Tokenize_Json_HasTheDocumentedKeys()
    {
        CliRun run = await CliTest.Run("tokenize", "Left lower pneumonia!", "--tokenizer", Tokenizer, "--json");

        Assert.Equal((0, ""), (run.Code, run.Error));
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement root = json.RootElement;
        long[] ids = [.. root.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];
        int[] positions = [.. root.GetProperty("positions").EnumerateArray().Select(position => position.GetInt32())];
        Assert.Equal(77, ids.Length);
        Assert.Equal([49406, 1823, 4909], ids[..3]);
        Assert.Equal(Enumerable.Range(1, positions.Length), positions);
        Assert.Equal(49407, ids[positions[^1] + 1]);
        Assert.Equal(positions.Length, root.GetProperty("tokens").GetArrayLength());
        Assert.False(root.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public async Task Tokenize_LongText_SaysWhatWasCut()
    {
        CliRun run = await CliTest.Run("tokenize", string.Join(' ', Enumerable.Repeat("left", 100)), "--tokenizer", Tokenizer);

        Assert.Equal(0, run.Code);
        Assert.Contains("cut:   25 sub-tokens do not fit into 75 and were left out: left</w>", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenize_Bundle_UsesItsTokenizer() =>
        Assert.Contains(
            "pneu",
            (await CliTest.Run("tokenize", "pneumonia", "--bundle", TinyBundle.Folder)).Output,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("no-such-folder/vocab.json: no such file", "--tokenizer", "no-such-folder")]
    [InlineData("no-such-bundle: no such bundle", "--bundle", "no-such-bundle")]
    [InlineData("give one of them, not both", "--bundle", "a", "--tokenizer", "b")]
    public async Task Tokenize_WrongFolder_IsRefused(string expected, params string[] arguments) =>
        (await CliTest.Run(["tokenize", "a", .. arguments])).AssertRefused(expected);
}
