using System.Diagnostics;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>An evaluation that is killed, or meets an image that cannot be decoded, loses nothing.</summary>
[Trait("Category", "process")]
public sealed class EvaluateResumeTests : IDisposable
{
    private const int Images = 12;

    private static readonly string[] Documents = ["evaluation.json", "evaluation.md", "evaluation.html"];

    private readonly TemporaryFolder _folder = new();

    public EvaluateResumeTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        List<string> rows = ["dicom_id,category_name,label_text,x,y,w,h,image_width,image_height"];
        for (int i = 0; i < Images; i++)
        {
            TestImages.Radiograph(_folder.File("images"), $"i{i}.png", 96 + i, 120);
            rows.Add($"i{i},Pneumonia,\"opacity, left lower lobe\",50,60,30,40,{96 + i},120");
            rows.Add($"i{i},Cardiomegaly,large heart,30,60,50,40,{96 + i},120");
        }

        File.WriteAllLines(_folder.File("ms.csv"), rows);
    }

    public void Dispose() => _folder.Dispose();

    private string Progress => _folder.File("out/evaluation.progress.jsonl");

    private string[] Command(string output, params string[] arguments) =>
        [
            "evaluate",
            "--dataset",
            "ms-cxr",
            "--annotations",
            _folder.File("ms.csv"),
            "--images",
            _folder.File("images"),
            "--bundle",
            $"tiny={TinyBundle.Folder}",
            "--baseline",
            "prior",
            "--per-token",
            "3",
            "--bootstrap",
            "50",
            "--out",
            _folder.File(output),
            .. arguments,
        ];

    private async Task KillAfter(int records)
    {
        using Process process = ChildProcess.Start(Command("out"));
        while (!process.HasExited && !(File.Exists(Progress) && LinesOf(Progress) > records))
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The writer holds the file, but only against other writers of .NET.</summary>
    private static int LinesOf(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using StreamReader reader = new(file);
            return reader.ReadToEnd().Count(letter => letter == '\n');
        }
        catch (IOException)
        {
            return (int)(new FileInfo(path).Length / 4000);
        }
    }

    [Fact]
    public async Task Evaluate_KilledAndGoneOnWith_GivesTheBytesOfAnUninterruptedRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -9 is a Unix matter");
        CliRun whole = await CliTest.Run(Command("whole"));
        Assert.True(whole.Code == 0, whole.Error);
        Assert.False(File.Exists(_folder.File("whole/evaluation.progress.jsonl")));
        await KillAfter(2);
        await KillAfter(9);
        int kept = File.ReadAllLines(Progress).Length - 1;
        Assert.InRange(kept, 1, (2 * Images) - 1);

        // What a kill leaves of a record that was being written.
        File.AppendAllText(Progress, "{\"key\":\"tiny | 3");
        CliRun run = await CliTest.Run(Command("out"));

        Assert.True(run.Code == 0, run.Error);
        Assert.Contains($"{kept} answers of an earlier run are taken over", run.Error, StringComparison.Ordinal);
        Assert.All(
            Documents,
            document =>
                Assert.Equal(File.ReadAllBytes(_folder.File($"whole/{document}")), File.ReadAllBytes(_folder.File($"out/{document}")))
        );
        Assert.False(File.Exists(Progress));
    }

    [Fact]
    public async Task Evaluate_ImageThatCannotBeDecoded_KeepsTheOthers()
    {
        string wrong = _folder.File("images/i5.png");
        byte[] right = File.ReadAllBytes(wrong);
        byte[] damaged = [.. right];
        damaged[damaged.Length / 2] ^= 0xFF;
        File.WriteAllBytes(wrong, damaged);

        CliRun run = await CliTest.Run(Command("out"));

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains("i5.png", run.Error, StringComparison.Ordinal);
        Assert.Equal(1 + (2 * (Images - 1)), File.ReadAllLines(Progress).Length);
        Assert.False(File.Exists(_folder.File("out/evaluation.json")));

        File.WriteAllBytes(wrong, right);
        CliRun again = await CliTest.Run(Command("out"));
        Assert.True(again.Code == 0, again.Error);
        Assert.Contains($"{2 * (Images - 1)} answers of an earlier run", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await CliTest.Run(Command("whole"))).Code);
        Assert.Equal(File.ReadAllBytes(_folder.File("whole/evaluation.html")), File.ReadAllBytes(_folder.File("out/evaluation.html")));
    }

    [Fact]
    public async Task Evaluate_OtherSettingsOrChangedImage_AreNotMixed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -9 is a Unix matter");
        await KillAfter(4);
        Assert.InRange(File.ReadAllLines(Progress).Length, 2, 2 * Images);
        (await CliTest.Run(Command("out", "--preset", "turbo"))).AssertRefused("keeps what a run with system tiny");

        // An image that changed is computed again, whatever was kept of it.
        using (NetVips.Image other = NetVips.Image.NewFromFile(_folder.File("images/i0.png")))
        {
            File.WriteAllBytes(_folder.File("images/i0.png"), other.FlipHor().PngsaveBuffer());
        }

        Assert.Equal(0, (await CliTest.Run(Command("whole"))).Code);
        Assert.Equal(0, (await CliTest.Run(Command("out"))).Code);
        Assert.Equal(File.ReadAllBytes(_folder.File("whole/evaluation.json")), File.ReadAllBytes(_folder.File("out/evaluation.json")));
    }

    [Fact]
    public async Task Evaluate_SeveralImagesWrong_NamesAllBeforeTheFirstIsComputed()
    {
        byte[] whole = File.ReadAllBytes(_folder.File("images/i11.png"));
        File.WriteAllBytes(_folder.File("images/i11.png"), whole[..(whole.Length * 2 / 3)]);
        TestImages.Radiograph(_folder.File("images"), "i3.png", 50, 50);
        File.Delete(_folder.File("images/i7.png"));

        CliRun run = await CliTest.Run(Command("out"));

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.StartsWith("error: 3 things are wrong with the input; nothing was computed:", run.Error, StringComparison.Ordinal);
        Assert.Contains("i3.png: 50x50 pixels, the annotations are for 99x120", run.Error, StringComparison.Ordinal);
        Assert.Contains("no image i7", run.Error, StringComparison.Ordinal);
        Assert.Contains("i11.png: damaged or truncated PNG file", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Progress));
    }
}
