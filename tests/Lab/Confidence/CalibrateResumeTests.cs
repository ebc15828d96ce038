using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Confidence;

/// <summary>A calibration that is killed loses nothing, and one that meets a damaged image says so first.</summary>
[Trait("Category", "process")]
public sealed class CalibrateResumeTests : IDisposable
{
    private const int Learned = 16;
    private const int Tested = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-calibrate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private async Task Phantoms(string name, int count, int first)
    {
        LabRun run = await LabRun.Of(
            "phantom",
            "--out",
            In(name),
            "--count",
            count.ToString(CultureInfo.InvariantCulture),
            "--size",
            "96x112",
            "--first",
            first.ToString(CultureInfo.InvariantCulture)
        );
        Assert.True(run.ExitCode == 0, run.Error);
    }

    private string[] Command(string output, params string[] arguments) =>
        [
            "calibrate",
            "--bundle",
            TinyBundle.Folder,
            "--bootstrap",
            "50",
            "--annotations",
            In("set/ms-cxr.csv"),
            "--test",
            $"elsewhere={In("test/ms-cxr.csv")}",
            "--out",
            In(output),
            .. arguments,
        ];

    private async Task KillAfter(int records, string progress)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using Process process = Process.Start(
            new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "cxr-lab.dll"), .. Command("confidence.json")])
        )!;
        while (!process.HasExited && Lines(progress) <= records)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static int Lines(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        try
        {
            return File.ReadAllLines(path).Length;
        }
        catch (IOException)
        {
            // The run holds the file; a line of this set is about 1.5 kB long.
            return (int)(new FileInfo(path).Length / 1500);
        }
    }

    [Fact]
    public async Task Calibrate_KilledAndGoneOnWith_GivesTheBytesOfAnUninterruptedRun()
    {
        LongTest.SkipUnlessAsked();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -9 is a Unix matter");
        await Phantoms("set", Learned, 10_000_000);
        await Phantoms("test", Tested, 11_000_000);
        LabRun whole = await LabRun.Of(Command("whole.json"));
        Assert.True(whole.ExitCode == 0, whole.Error);
        string progress = In("confidence.progress.jsonl");
        await KillAfter(3, progress);
        await KillAfter(9, progress);
        Assert.InRange(Lines(progress), 2, Learned + Tested);
        LabRun other = await LabRun.Of(Command("confidence.json", "--noise-pairs", "3"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("keeps what a run with noise steps 290, 470", other.Error, StringComparison.Ordinal);

        LabRun run = await LabRun.Of(Command("confidence.json"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("images of an earlier run are taken over", run.Error, StringComparison.Ordinal);
        foreach (string ending in (string[])["json", "cases.csv", "roc.png"])
        {
            Assert.Equal(File.ReadAllBytes(In($"whole.{ending}")), File.ReadAllBytes(In($"confidence.{ending}")));
        }

        Assert.False(File.Exists(progress));
    }

    [Fact]
    public async Task Calibrate_SeveralImagesWrong_NamesAllBeforeTheFirstIsAsked()
    {
        await Phantoms("set", Learned, 10_000_000);
        await Phantoms("test", Tested, 11_000_000);
        string[] wrong =
        [
            Directory.GetFiles(In("set/images"), "*.png").Max(StringComparer.Ordinal)!,
            Directory.GetFiles(In("test/images"), "*.png").Max(StringComparer.Ordinal)!,
        ];
        foreach (string image in wrong)
        {
            byte[] whole = File.ReadAllBytes(image);
            File.WriteAllBytes(image, whole[..(whole.Length * 2 / 3)]);
        }

        LabRun run = await LabRun.Of(Command("confidence.json"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error: 2 things are wrong with the input; nothing was computed:", run.Error, StringComparison.Ordinal);
        Assert.All(wrong, image => Assert.Contains(Path.GetFileName(image), run.Error, StringComparison.Ordinal));
        Assert.False(File.Exists(In("confidence.progress.jsonl")));
    }
}
