using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>
/// Parts that are killed again and again, gone on with and merged are the bytes of a run that nobody disturbed. With
/// <c>CXRONNX_KILL_LINES=1000</c> at full size: as many lines, 4 parts, 10 kills.
/// </summary>
[Trait("Category", "process")]
public sealed class BatchKillTests : BatchTest
{
    private static readonly string[] Phrases = ["edema", "cardiomegaly", "left lower pneumonia", "right pleural effusion"];

    [Fact]
    public async Task Batch_KilledOftenAndMerged_GivesTheBytesOfAnUninterruptedRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -9 is a Unix matter");
        string? wanted = Environment.GetEnvironmentVariable("CXRONNX_KILL_LINES");
        (int lines, int parts, int kills) = wanted is null ? (80, 2, 3) : (int.Parse(wanted, CultureInfo.InvariantCulture), 4, 10);
        WriteImages(lines / Phrases.Length);
        string[] images = [.. File.ReadAllLines(At("m.csv")).Skip(1).Select(row => row.Split(',')[0])];
        File.WriteAllLines(At("m.csv"), ["image,phrase", .. images.SelectMany(image => Phrases.Select(phrase => $"{image},{phrase}"))]);
        Assert.Equal(0, (await Batch("--preset", "turbo")).Code);
        byte[] whole = File.ReadAllBytes(Results);
        Assert.Equal(lines, File.ReadAllLines(Results).Length);
        Directory.Move(At("out"), At("whole"));

        for (int kill = 0; kill < kills; kill++)
        {
            int part = (kill % parts) + 1;
            string results = At(string.Create(CultureInfo.InvariantCulture, $"out/results-{part}-of-{parts}.jsonl"));
            long before = File.Exists(results) ? new FileInfo(results).Length : 0;

            // Not always right after the first answer.
            long until = before + (kill * whole.Length / (4L * parts * kills));
            using Process process = ChildProcess.Start([
                "batch",
                At("m.csv"),
                "--out",
                At("out"),
                "--bundle",
                TinyBundle.Folder,
                "--preset",
                "turbo",
                "--shard",
                string.Create(CultureInfo.InvariantCulture, $"{part}/{parts}"),
                "--resume",
                "--quiet",
            ]);
            while (!process.HasExited && !(File.Exists(results) && new FileInfo(results).Length > until))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            Assert.False(process.HasExited, $"kill {kill} came too late to be one");
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, (await Merge()).Code);
        for (int part = 1; part <= parts; part++)
        {
            CliRun run = await Batch(
                "--preset",
                "turbo",
                "--resume",
                "--shard",
                string.Create(CultureInfo.InvariantCulture, $"{part}/{parts}")
            );
            Assert.True(run.Code == 0, run.Error);
        }

        CliRun merge = await Merge();
        Assert.True(merge.Code == 0, merge.Error);
        Assert.Equal(whole, File.ReadAllBytes(Results));
    }
}
