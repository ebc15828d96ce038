using System.Diagnostics;
using System.Text.Json;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>Going on after a kill, an interruption or a failure.</summary>
[Trait("Category", "process")]
public sealed class BatchResumeTests : BatchTest
{
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
        Assert.Equal(whole, File.ReadAllLines(Results));
    }

    [Fact]
    public async Task Batch_WrongImageAndPhrase_AreLinesWithErrorsAndTriedAgain()
    {
        File.WriteAllText(At("m.csv"), Manifest + "\nimages/none.png,edema,\nimages/b.png,xyzzy,\n");

        CliRun run = await Batch("--keep-going");

        Assert.Equal(2, run.Code);
        Assert.Contains("error: 2 phrases have no answer, the first: ", run.Error, StringComparison.Ordinal);
        JsonElement[] lines = Lines(Results);
        Assert.Equal(5, lines.Length);
        Assert.Contains("none.png: no such file", lines[4].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("knows none of its words", lines[3].GetProperty("error").GetString(), StringComparison.Ordinal);

        TestImages.Radiograph(At("images"), "none.png");
        Assert.Equal(2, (await Batch("--resume", "--keep-going")).Code);
        lines = Lines(Results);
        Assert.Equal(5, lines.Length);
        Assert.Single(lines, line => line.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task Batch_ResumeWithOtherSettings_IsRefused()
    {
        await Batch();

        (await Batch("--resume", "--threshold", "0.25")).AssertRefused("was begun with --threshold 0.5, not 0.25; go on as it was begun");
        (await Batch("--resume", "--deterministic")).AssertRefused("was begun with --deterministic no, not yes");
        (await Batch("--resume", "--preset", "turbo")).AssertRefused("was begun with --preset exact, not turbo");
        (await Batch("--resume", "--no-confidence")).AssertRefused("was begun with --no-confidence no, not yes");
        (await Batch("--resume", "--verbatim")).AssertRefused("was begun with --verbatim no, not yes");
        (await Batch("--resume", "--overlays")).AssertRefused("was begun with --overlays no, not yes");
        (await Batch("--resume", "--heatmaps")).AssertRefused("was begun with --heatmaps no, not float32 on the image's grid");
        (await Batch("--resume", "--max-pixels", "1000000")).AssertRefused("was begun with --max-pixels");
        (await Batch("--resume", "--shard", "1/2")).AssertRefused("was dealt out in 1 part, not in 2");
        File.AppendAllText(Results, "{}\n");
        (await Batch("--resume")).AssertRefused("line 4: not a result of 'cxr batch'");
    }

    [Fact]
    public async Task Batch_FailedImage_IsNotCountedAsGrounded()
    {
        File.WriteAllText(At("m.csv"), "image,phrase\nimages/a.png,edema\nimages/none.png,edema\n");

        CliRun run = await Batch("--keep-going");

        Assert.Contains("1 phrase on 1 image grounded", run.Output, StringComparison.Ordinal);
        Assert.Contains("error: 1 phrase has no answer", run.Error, StringComparison.Ordinal);
    }

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
        WriteImages(images);
        return ChildProcess.Start(["batch", At("m.csv"), "--out", At("out"), "--bundle", TinyBundle.Folder]);
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
}
