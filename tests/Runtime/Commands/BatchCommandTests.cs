using System.Diagnostics;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Batch;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "process")]
public sealed class BatchCommandTests : IDisposable
{
    private const string Manifest = """
        image,phrase,report
        images/a.png,left lower pneumonia,
        images/a.png,cardiomegaly,
        images/b.png,,b.txt
        images/a.png,left lower pneumonia,
        """;

    private readonly TemporaryFolder _folder = new();

    public BatchCommandTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        TestImages.Radiograph(_folder.File("images"), "a.png");
        TestImages.Radiograph(_folder.File("images"), "b.png", 80, 64);
        File.WriteAllText(_folder.File("b.txt"), "Findings: Right pleural effusion. No pneumothorax.");
        File.WriteAllText(_folder.File("m.csv"), Manifest);
    }

    public void Dispose() => _folder.Dispose();

    private string Results => _folder.File("out/results.jsonl");

    private Task<CliRun> Batch(params string[] arguments) =>
        CliTest.Run(["batch", _folder.File("m.csv"), "--out", _folder.File("out"), "--bundle", TinyBundle.Folder, .. arguments]);

    private static JsonElement[] Lines(string path) => [.. File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement)];

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
        Assert.Equal([64, 80], NpyFile.Read(Path.Combine(_folder.File("out"), lines[2].GetProperty("heatmap").GetString()!)).Shape);
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Array, line.GetProperty("boxes").ValueKind));
    }

    [Fact]
    public async Task Batch_SeveralImagesAtOnce_GivesTheLinesOfOneByOne()
    {
        TestImages.Radiograph(_folder.File("images"), "c.png", 60, 90);
        File.WriteAllText(_folder.File("images/broken.png"), "no image");
        File.WriteAllText(
            _folder.File("m.csv"),
            Manifest + "\nimages/broken.png,cardiomegaly,\nimages/c.png,left lower pneumonia,\nimages/c.png,nonsense words,"
        );
        // Five images in groups of three and two; one of the first group cannot be read.
        CliRun together = await Batch("--heatmaps", "--images-at-once", "3");
        JsonElement[] got = Lines(Results);
        Directory.Move(_folder.File("out"), _folder.File("together"));
        CliRun alone = await Batch("--heatmaps", "--images-at-once", "1");
        JsonElement[] want = Lines(Results);

        Assert.Equal(alone.Code, together.Code);
        Assert.Equal(want.Length, got.Length);
        Assert.Contains(want, line => line.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.String);
        foreach ((JsonElement one, JsonElement other) in want.Zip(got))
        {
            Assert.Equal(Without(one, "seconds"), Without(other, "seconds"));
            if (one.TryGetProperty("heatmap", out JsonElement file) && file.ValueKind == JsonValueKind.String)
            {
                float[] map = NpyFile.Read(Path.Combine(_folder.File("out"), file.GetString()!)).Data;
                float[] batched = NpyFile.Read(Path.Combine(_folder.File("together"), file.GetString()!)).Data;
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

    private static string Without(JsonElement line, string name) =>
        string.Join(", ", line.EnumerateObject().Where(property => property.Name != name).Select(property => property.ToString()));

    [Fact]
    public async Task Batch_Deterministic_SaysSoAndGivesTheBytesOfGround()
    {
        Assert.Equal(0, (await Batch("--heatmaps", "--deterministic")).Code);
        JsonElement[] lines = Lines(Results);
        Assert.All(lines, line => Assert.True(line.GetProperty("deterministic").GetBoolean()));
        string ground = _folder.File("ground");
        CliRun run = await CliTest.Run(
            "ground",
            _folder.File("images/a.png"),
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
                Path.Combine(_folder.File("out"), lines[1].GetProperty("heatmap").GetString()!),
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
                _folder.File("images/a.png"),
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
    public async Task Batch_AgainWithoutResume_IsRefusedAndWithItDoesNothing()
    {
        await Batch();
        byte[] before = File.ReadAllBytes(Results);

        (await Batch()).AssertRefused("results.jsonl: is there already; go on with --resume");
        CliRun run = await Batch("--resume");

        Assert.Equal(0, run.Code);
        Assert.Contains("3 phrases have their answer already", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Results));
    }

    [Fact]
    public async Task Batch_ResumeAfterACutLine_GivesEveryLineOnce()
    {
        await Batch();
        string[] whole = File.ReadAllLines(Results);
        File.WriteAllText(Results, whole[0] + "\n" + whole[1][..20]);

        CliRun run = await Batch("--resume");

        Assert.Equal(0, run.Code);
        Assert.Equal(whole.Select(WithoutTime), File.ReadAllLines(Results).Select(WithoutTime));
    }

    [Fact]
    public async Task Batch_WrongImageAndPhrase_AreLinesWithErrorsAndTriedAgain()
    {
        File.WriteAllText(_folder.File("m.csv"), Manifest + "\nimages/none.png,edema,\nimages/b.png,xyzzy,\n");

        CliRun run = await Batch();

        Assert.Equal(2, run.Code);
        Assert.Contains("error: 2 phrases have no answer, the first: ", run.Error, StringComparison.Ordinal);
        JsonElement[] lines = Lines(Results);
        Assert.Equal(5, lines.Length);
        Assert.Contains("none.png: no such file", lines[4].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("knows none of its words", lines[3].GetProperty("error").GetString(), StringComparison.Ordinal);

        TestImages.Radiograph(_folder.File("images"), "none.png");
        Assert.Equal(2, (await Batch("--resume")).Code);
        lines = Lines(Results);
        Assert.Equal(5, lines.Length);
        Assert.Single(lines, line => line.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task Batch_ResumeWithOtherSettings_IsRefused()
    {
        await Batch();

        (await Batch("--resume", "--threshold", "0.25")).AssertRefused("threshold 0.5, not with");
        (await Batch("--resume", "--deterministic")).AssertRefused("was made without --deterministic; go on as it was begun");
        File.AppendAllText(Results, "{}\n");
        (await Batch("--resume")).AssertRefused("line 4: not a result of 'cxr batch'");
    }

    [Fact]
    public async Task Batch_FindingOfAReport_SaysWhatTheReportSaysOfIt()
    {
        File.WriteAllText(_folder.File("b.txt"), "Findings: Possible right pleural effusion. No pneumothorax.");
        Assert.Equal(0, (await Batch()).Code);

        JsonElement[] lines = Lines(Results);
        Assert.Equal(
            ("b.txt", true, false),
            (
                lines[2].GetProperty("report").GetString(),
                lines[2].GetProperty("uncertain").GetBoolean(),
                lines[2].GetProperty("denied").GetBoolean()
            )
        );
        Assert.Contains("Possible right pleural effusion", lines[2].GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.False(lines[0].TryGetProperty("sentence", out _));
        Assert.False(lines[0].TryGetProperty("findings", out _));
    }

    [Fact]
    public async Task Batch_NormalReport_IsALineAndDone()
    {
        File.WriteAllText(_folder.File("b.txt"), "Findings: The lungs are clear. No pneumothorax.");
        CliRun run = await Batch();

        Assert.Equal(0, run.Code);
        Assert.Contains("results.jsonl: 2 phrases on 1 image grounded, 1 report without findings", run.Output, StringComparison.Ordinal);
        JsonElement line = Lines(Results)[2];
        Assert.Equal(
            ("images/b.png", "", "b.txt", 0),
            (
                line.GetProperty("image").GetString(),
                line.GetProperty("phrase").GetString(),
                line.GetProperty("report").GetString(),
                line.GetProperty("findings").GetInt32()
            )
        );
        byte[] before = File.ReadAllBytes(Results);
        Assert.Equal(0, (await Batch("--resume")).Code);
        Assert.Equal(before, File.ReadAllBytes(Results));
    }

    [Theory]
    [InlineData(null, "b.txt: no such file")]
    [InlineData("Los pulmones están claros. No se observa neumotórax ni derrame pleural en la radiografía.", "b.txt: ")]
    public async Task Batch_RefusedReport_IsALineOfItsImageAndTriedAgain(string? report, string expected)
    {
        File.Delete(_folder.File("b.txt"));
        if (report is not null)
        {
            File.WriteAllText(_folder.File("b.txt"), report);
        }

        CliRun run = await Batch();

        Assert.Equal(2, run.Code);
        Assert.Contains("results.jsonl: 2 phrases on 1 image grounded", run.Output, StringComparison.Ordinal);
        Assert.Contains("error: 1 report has no answer, the first: ", run.Error, StringComparison.Ordinal);
        JsonElement line = Lines(Results)[2];
        Assert.Equal(("images/b.png", "b.txt"), (line.GetProperty("image").GetString(), line.GetProperty("report").GetString()));
        Assert.Contains(expected, line.GetProperty("error").GetString(), StringComparison.Ordinal);

        File.WriteAllText(_folder.File("b.txt"), "Findings: Right pleural effusion.");
        Assert.Equal(0, (await Batch("--resume")).Code);
        Assert.Equal("right pleural effusion", Lines(Results)[2].GetProperty("phrase").GetString());
        Assert.Equal(3, Lines(Results).Length);
    }

    [Fact]
    public async Task Batch_FailedImage_IsNotCountedAsGrounded()
    {
        File.WriteAllText(_folder.File("m.csv"), "image,phrase\nimages/a.png,edema\nimages/none.png,edema\n");

        CliRun run = await Batch();

        Assert.Contains("1 phrase on 1 image grounded", run.Output, StringComparison.Ordinal);
        Assert.Contains("error: 1 phrase has no answer", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_FrameAndAbsolutePath_AreTaken()
    {
        string image = _folder.File("images/a.png");
        File.WriteAllText(_folder.File("m.csv"), $"image,phrase,frame\n{image},edema,1\n{image},edema,2\n");

        Assert.Equal(2, (await Batch()).Code);
        JsonElement[] lines = Lines(Results);
        Assert.Equal([1, 2], lines.Select(line => line.GetProperty("frame").GetInt32()));
        Assert.False(lines[0].TryGetProperty("error", out _));
        Assert.True(lines[1].TryGetProperty("error", out _));
    }

    [Fact]
    public async Task Batch_Shards_AreTheWholeTogether()
    {
        Assert.Equal(0, (await Batch("--shard", "1/2")).Code);
        Assert.Equal(0, (await Batch("--shard", "2/2")).Code);

        Assert.Equal(2, Lines(_folder.File("out/results-1-of-2.jsonl")).Length);
        Assert.Single(Lines(_folder.File("out/results-2-of-2.jsonl")));
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
        File.WriteAllText(_folder.File("m.csv"), manifest);

        (await Batch()).AssertRefused(expected);
        Assert.False(File.Exists(Results));
    }

    [Theory]
    [InlineData("3/8", "", 3, 8)]
    [InlineData(null, "", 1, 1)]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0", 1, 4)]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2", 4, 4)]
    [InlineData(null, "JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=3", 3, 3)]
    [InlineData("/5", "JOB_COMPLETION_INDEX=2", 3, 5)]
    public void Shard_OptionOrEnvironment_GivesThePart(string? option, string environment, int index, int count)
    {
        BatchShard shard = BatchShard.Of(option, name => Variable(environment, name));

        Assert.Equal((index, count), (shard.Index, shard.Count));
    }

    [Theory]
    [InlineData("0/3", "", "wanted I/N with I from 1 to N")]
    [InlineData("4/3", "", "wanted I/N with I from 1 to N")]
    [InlineData("3", "", "wanted I/N with I from 1 to N")]
    [InlineData("/3", "", "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set")]
    [InlineData(null, "JOB_COMPLETION_INDEX=2", "say how many parts there are with `shard` /N")]
    [InlineData(
        null,
        "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1",
        "gives part 9 of 3; number the tasks without gaps"
    )]
    [InlineData(null, "SLURM_ARRAY_TASK_ID=x", "SLURM_ARRAY_TASK_ID=x: a number was expected")]
    public void Shard_WrongNumbers_AreRefused(string? option, string environment, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => BatchShard.Of(option, name => Variable(environment, name))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task Batch_KilledProcess_GoesOnWhereItStopped()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -9 is a Unix matter");
        const int images = 60;
        using (Process process = StartOn(images))
        {
            await FirstLine(process);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.InRange(File.ReadAllLines(Results).Length, 1, images - 1);
        Assert.Equal(0, (await Batch("--resume")).Code);
        Assert.Equal(
            Enumerable.Range(0, images).Select(i => $"images/i{i}.png"),
            Lines(Results).Select(line => line.GetProperty("image").GetString())
        );
    }

    [Fact]
    public async Task Batch_Interrupted_ExitsWithCode130AndWholeLines()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are a Unix matter");
        using Process process = StartOn(300);
        await FirstLine(process);
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith("\n", File.ReadAllText(Results), StringComparison.Ordinal);
        Assert.InRange(Lines(Results).Length, 1, 299);
    }

    private Process StartOn(int images)
    {
        File.WriteAllText(
            _folder.File("m.csv"),
            "image,phrase\n" + string.Concat(Enumerable.Range(0, images).Select(i => $"images/i{i}.png,edema\n"))
        );
        for (int i = 0; i < images; i++)
        {
            File.CreateSymbolicLink(_folder.File($"images/i{i}.png"), _folder.File("images/b.png"));
        }

        return ChildProcess.Start(["batch", _folder.File("m.csv"), "--out", _folder.File("out"), "--bundle", TinyBundle.Folder]);
    }

    /// <summary>Waits until the process has written something; reading the file would meet its lock.</summary>
    private async Task FirstLine(Process process)
    {
        for (int tries = 0; tries < 3000 && !process.HasExited; tries++)
        {
            if (new FileInfo(Results) is { Exists: true, Length: > 0 })
            {
                return;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        if (!process.HasExited)
        {
            process.Kill();
        }

        Assert.Fail("the process wrote nothing");
    }

    private static string WithoutTime(string line) => System.Text.RegularExpressions.Regex.Replace(line, "\"seconds\":[^,]*", "");

    private static string? Variable(string environment, string name) =>
        environment
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(pair => pair.StartsWith(name + "=", StringComparison.Ordinal))
            .Select(pair => pair[(name.Length + 1)..])
            .FirstOrDefault();
}
