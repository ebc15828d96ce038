using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary>
/// Parts that are killed again and again, gone on with and merged are the bytes of a run that nobody disturbed. At full size:
/// <c>eng/batch-kills.sh</c>.
/// </summary>
[Trait("Category", "process")]
public sealed class BatchKillTests : BatchTest
{
    private const int Images = 40;
    private const int Parts = 2;
    private const int Kills = 3;

    [Fact]
    public async Task Batch_KilledOftenAndMerged_GivesTheBytesOfAnUninterruptedRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -9 is a Unix matter");
        WriteImages(Images);
        Assert.Equal(0, (await Batch("--preset", "turbo")).Code);
        byte[] whole = File.ReadAllBytes(Results);
        Directory.Move(At("out"), At("whole"));

        for (int kill = 0; kill < Kills; kill++)
        {
            int part = (kill % Parts) + 1;
            string results = At(string.Create(CultureInfo.InvariantCulture, $"out/results-{part}-of-{Parts}.jsonl"));
            long before = File.Exists(results) ? new FileInfo(results).Length : 0;
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
                string.Create(CultureInfo.InvariantCulture, $"{part}/{Parts}"),
                "--resume",
            ]);
            while (!process.HasExited && !(File.Exists(results) && new FileInfo(results).Length > before))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, (await Merge()).Code);
        for (int part = 1; part <= Parts; part++)
        {
            CliRun run = await Batch("--preset", "turbo", "--resume", "--shard", $"{part}/{Parts}");
            Assert.True(run.Code == 0, run.Error);
        }

        Assert.Equal(0, (await Merge()).Code);
        Assert.Equal(whole, File.ReadAllBytes(Results));
    }
}
