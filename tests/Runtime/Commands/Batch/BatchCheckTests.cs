using System.Text.Json;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>What is wrong is found before the first image is computed.</summary>
[Trait("Category", "slow")]
public sealed class BatchCheckTests : BatchTest
{
    [Fact]
    public async Task Batch_SeveralThingsWrong_NamesAllAndComputesNothing()
    {
        byte[] whole = File.ReadAllBytes(At("images/b.png"));
        File.WriteAllBytes(At("images/cut.png"), whole[..(whole.Length * 2 / 3)]);
        File.WriteAllText(
            At("m.csv"),
            Manifest + "\nimages/none.png,edema,\nimages/a.png,xyzzy,\nimages/b.png,,gone.txt\nimages/cut.png,edema,\n"
        );

        CliRun run = await Batch();

        Assert.Equal((2, ""), (run.Code, run.Output));
        string[] lines = run.Error.TrimEnd().Split('\n');
        Assert.StartsWith(
            "error: 4 things are wrong with the input; nothing was computed (--keep-going",
            lines[0],
            StringComparison.Ordinal
        );
        Assert.Equal(5, lines.Length);
        Assert.Contains("image images/a.png: ", lines[1], StringComparison.Ordinal);
        Assert.Contains("xyzzy", lines[1], StringComparison.Ordinal);
        Assert.Contains("gone.txt: no such file", lines[2], StringComparison.Ordinal);
        Assert.Contains("none.png: no such file", lines[3], StringComparison.Ordinal);
        Assert.Contains("cut.png: damaged or truncated PNG file", lines[4], StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("out")) && Directory.EnumerateFileSystemEntries(At("out")).Any());
    }

    [Fact]
    public async Task Batch_OneThingWrong_IsOneLine()
    {
        File.WriteAllText(At("m.csv"), Manifest + "\nimages/none.png,edema,\n");

        (await Batch()).AssertRefused("image images/none.png: ");
    }

    [Fact]
    public async Task Batch_DamageThatOnlyDecodingShows_IsALineAndTheRestIsThere()
    {
        byte[] damaged = File.ReadAllBytes(At("images/a.png"));
        damaged[damaged.Length / 2] ^= 0xFF;
        File.WriteAllBytes(At("images/0.png"), damaged);
        File.WriteAllText(At("m.csv"), "image,phrase\nimages/0.png,edema\nimages/a.png,edema\n");

        CliRun run = await Batch();

        Assert.Equal(2, run.Code);
        JsonElement[] lines = Lines(Results);
        Assert.True(lines[0].TryGetProperty("error", out _));
        Assert.False(lines[1].TryGetProperty("error", out _));
        TestImages.Radiograph(At("images"), "0.png");
        Assert.Equal(0, (await Batch("--resume")).Code);
        Assert.Equal(0, (await Merge()).Code);
        Assert.Equal(["images/0.png", "images/a.png"], Lines(Results).Select(line => line.GetProperty("image").GetString()));
    }
}
