using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>The lines and files of <c>cxr batch</c>.</summary>
[Trait("Category", "slow")]
public sealed class BatchCommandTests : BatchTest
{
    [Fact]
    public async Task Batch_Manifest_GivesALinePerImageAndPhrase()
    {
        CliRun run = await Batch("--heatmaps");

        Assert.Equal(0, run.Code);
        JsonElement[] lines = Lines(Results);
        Assert.Equal(
            ["images/a.png left lower pneumonia", "images/a.png cardiomegaly", "images/b.png right pleural effusion"],
            lines.Select(line => $"{line.GetProperty("image").GetString()} {line.GetProperty("phrase").GetString()}")
        );
        Assert.Equal((80, 64), (lines[2].GetProperty("width").GetInt32(), lines[2].GetProperty("height").GetInt32()));
        Assert.Equal([64, 80], NpyFile.Read(Path.Combine(At("out"), lines[2].GetProperty("heatmap").GetString()!)).Shape);
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Array, line.GetProperty("boxes").ValueKind));
    }

    [Fact]
    public async Task Batch_SeveralImagesAtOnce_GivesTheLinesOfOneByOne()
    {
        TestImages.Radiograph(At("images"), "c.png", 60, 90);
        File.WriteAllText(At("images/broken.png"), "no image");
        File.WriteAllText(
            At("m.csv"),
            Manifest + "\nimages/broken.png,cardiomegaly,\nimages/c.png,left lower pneumonia,\nimages/c.png,nonsense words,"
        );
        // Five images in groups of three and two; one of the first group cannot be read.
        CliRun together = await Batch("--heatmaps", "--images-at-once", "3", "--keep-going");
        JsonElement[] got = Lines(Results);
        Directory.Move(At("out"), At("together"));
        CliRun alone = await Batch("--heatmaps", "--images-at-once", "1", "--keep-going");
        JsonElement[] want = Lines(Results);

        Assert.Equal(alone.Code, together.Code);
        Assert.Equal(want.Length, got.Length);
        Assert.Contains(want, line => line.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String);
        foreach ((JsonElement one, JsonElement other) in want.Zip(got))
        {
            Assert.Equal(one.ToString(), other.ToString());
            if (one.TryGetProperty("heatmap", out JsonElement file) && file.ValueKind == JsonValueKind.String)
            {
                float[] map = NpyFile.Read(Path.Combine(At("out"), file.GetString()!)).Data;
                float[] batched = NpyFile.Read(Path.Combine(At("together"), file.GetString()!)).Data;
                Assert.All(map.Zip(batched), pair => Assert.True(float.IsNaN(pair.First) || Math.Abs(pair.First - pair.Second) < 1e-4));
            }
        }
    }

    [Theory]
    [InlineData("0", "must lie between 1 and 64")]
    [InlineData("65", "must lie between 1 and 64")]
    public async Task Batch_ImagesAtOnceOutOfRange_IsRefused(string number, string message)
    {
        CliRun run = await Batch("--images-at-once", number);
        Assert.Equal(2, run.Code);
        Assert.Contains("--images-at-once", run.Error, StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_ImagesAtOnceWithDeterministic_IsRefused()
    {
        CliRun run = await Batch("--images-at-once", "2", "--deterministic");
        Assert.Equal(2, run.Code);
        Assert.Contains("--images-at-once 2 with --deterministic", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_DeviceIdOnTheCpu_IsRefused()
    {
        CliRun run = await Batch("--device-id", "1", "--provider", "cpu");
        Assert.Equal(2, run.Code);
        Assert.Contains("--device-id 1 is the number of a GPU", Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(Results) && new FileInfo(Results).Length > 0);
        Assert.Equal(0, (await Batch("--device-id", "0", "--provider", "cpu")).Code);
    }

    [Fact]
    public async Task Batch_Deterministic_SaysSoAndGivesTheBytesOfGround()
    {
        Assert.Equal(0, (await Batch("--heatmaps", "--deterministic")).Code);
        JsonElement[] lines = Lines(Results);
        Assert.All(lines, line => Assert.True(line.GetProperty("deterministic").GetBoolean()));
        string ground = At("ground");
        CliRun run = await CliTest.Run(
            "ground",
            At("images/a.png"),
            "cardiomegaly",
            "--deterministic",
            "--bundle",
            TinyBundle.Folder,
            "--out",
            ground
        );
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(ground, "a.cardiomegaly.heatmap.npy"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(
                Path.Combine(At("out"), lines[1].GetProperty("heatmap").GetString()!),
                TestContext.Current.CancellationToken
            )
        );

        string result = Path.Combine(ground, "result.json");
        CxrOnnx.Workflows.Results.ProviderResult provider = CxrOnnx.Workflows.Results.GroundResultFile.Read(result).Provider;
        Assert.Equal((true, Environment.ProcessorCount), (provider.Deterministic, provider.Threads));
        CliRun replay = await CliTest.Run("replay", result, "--tolerance", "0");
        Assert.True(replay.Code == 0, replay.Error);
        (
            await CliTest.Run(
                "ground",
                At("images/a.png"),
                "cardiomegaly",
                "--deterministic",
                "--provider",
                "cuda",
                "--force",
                "--bundle",
                TinyBundle.Folder,
                "--out",
                ground
            )
        ).AssertRefused("is kept on the CPU only");
    }

    [Fact]
    public async Task Batch_FrameAndAbsolutePath_AreTaken()
    {
        string image = At("images/a.png");
        File.WriteAllText(At("m.csv"), $"image,phrase,frame\n{image},edema,1\n{image},edema,2\n");

        Assert.Equal(2, (await Batch("--keep-going")).Code);
        JsonElement[] lines = Lines(Results);
        Assert.Equal([1, 2], lines.Select(line => line.GetProperty("frame").GetInt32()));
        Assert.False(lines[0].TryGetProperty("error", out _));
        Assert.True(lines[1].TryGetProperty("error", out _));
    }

    [Theory]
    [InlineData("image\na.png\n", "no column phrase or report")]
    [InlineData("file,phrase\na.png,x\n", "no column image")]
    [InlineData("image,phrase\n", "holds no images")]
    [InlineData("image,phrase\na.png,\n", "line 2: wanted an image and a phrase")]
    [InlineData("image,phrase,frame\na.png,edema,1.5\n", "line 2: frame is '1.5', a whole number from 1")]
    [InlineData("image,phrase,frame\na.png,edema,0\n", "line 2: frame is '0', a whole number from 1")]
    public async Task Batch_WrongManifest_IsRefused(string manifest, string expected)
    {
        File.WriteAllText(At("m.csv"), manifest);

        (await Batch()).AssertRefused(expected);
        Assert.False(File.Exists(Results));
    }
}
