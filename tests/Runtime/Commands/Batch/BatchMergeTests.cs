using System.Text.Json;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands.Batch;

/// <summary><c>cxr merge</c>: parts to one file.</summary>
[Trait("Category", "slow")]
public sealed class BatchMergeTests : BatchTest
{
    private async Task Parts(params string[] arguments)
    {
        File.WriteAllText(At("n.txt"), "Findings: The lungs are clear. No pneumothorax.");
        File.WriteAllText(At("m.csv"), Manifest + "\nimages/a.png,,n.txt\nimages/a.png,right edema,\n");
        for (int part = 1; part <= 2; part++)
        {
            CliRun run = await Batch(["--preset", "turbo", "--shard", $"{part}/2", .. arguments]);
            Assert.True(run.Code == 0, run.Error);
        }
    }

    [Fact]
    public async Task Merge_Parts_GivesTheBytesOfTheWhole()
    {
        await Parts("--heatmaps");

        CliRun run = await Merge("--csv", "--json");

        Assert.True(run.Code == 0, run.Error);
        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            (2, 5, 0),
            (document.GetProperty("parts").GetInt32(), document.GetProperty("lines").GetInt32(), document.GetProperty("failed").GetInt32())
        );
        byte[] merged = File.ReadAllBytes(Results);
        byte[] table = File.ReadAllBytes(At("out/results.csv"));
        Directory.Move(At("out"), At("parts"));
        Assert.Equal(0, (await Batch("--preset", "turbo", "--heatmaps", "--csv")).Code);
        Assert.Equal(File.ReadAllBytes(Results), merged);
        Assert.Equal(File.ReadAllBytes(At("out/results.csv")), table);
        Assert.Equal(
            Directory.GetFiles(At("parts/heatmaps")).Select(Path.GetFileName).Order(),
            Directory.GetFiles(At("out/heatmaps")).Select(Path.GetFileName).Order()
        );
    }

    [Fact]
    public async Task Merge_GapDoubleAndStranger_AreNamedAndNothingIsWritten()
    {
        await Parts();
        string first = At("out/results-1-of-2.jsonl");
        string[] lines = File.ReadAllLines(first);
        File.WriteAllLines(
            first,
            [lines[0], lines[0], .. lines[2..], lines[0].Replace("images/a.png", "images/z.png", StringComparison.Ordinal), "nonsense"]
        );
        File.AppendAllText(At("out/results-2-of-2.jsonl"), "{\"image\":");

        CliRun run = await Merge();

        Assert.Equal((2, ""), (run.Code, run.Output));
        string[] errors = run.Error.TrimEnd().Split('\n');
        Assert.StartsWith("error: 5 things are wrong with the input; nothing was merged", errors[0], StringComparison.Ordinal);
        Assert.Contains(
            "results-1-of-2.jsonl line 2: a second line of images/a.png \"left lower pneumonia\"",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("no line of images/a.png \"cardiomegaly\": go on with --resume", run.Error, StringComparison.Ordinal);
        Assert.Contains("has a line of images/z.png", run.Error, StringComparison.Ordinal);
        Assert.Contains("not a result of 'cxr batch'", run.Error, StringComparison.Ordinal);
        Assert.Contains("results-2-of-2.jsonl: its last line was cut off by a kill", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Results));
    }

    [Fact]
    public async Task Merge_MissingPart_IsNamed()
    {
        await Parts();
        File.Delete(At("out/results-2-of-2.jsonl"));

        CliRun run = await Merge();

        Assert.Equal(2, run.Code);
        Assert.Contains("results-2-of-2.jsonl: is not there; run that part", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Results));
    }

    [Fact]
    public async Task Merge_PartThatIsBeingWritten_IsRefused()
    {
        await Parts();
        using FileStream held = new(At("out/results-2-of-2.jsonl"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        CliRun run = await Merge();

        Assert.Equal(2, run.Code);
        Assert.Contains("a process is still writing it", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merge_FailedLine_IsMergedWithExitCode1()
    {
        File.WriteAllText(At("m.csv"), "image,phrase\nimages/a.png,edema\nimages/none.png,edema\n");
        Assert.Equal(0, (await Batch("--preset", "turbo", "--shard", "1/2", "--keep-going")).Code);
        Assert.Equal(2, (await Batch("--preset", "turbo", "--shard", "2/2", "--keep-going")).Code);

        CliRun run = await Merge();

        Assert.Equal(1, run.Code);
        Assert.Contains("error: 1 of the merged lines says why there is no answer", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, Lines(Results).Length);
    }

    [Fact]
    public async Task Merge_NoBatchOrAnotherManifest_IsRefused()
    {
        Directory.CreateDirectory(At("out"));
        (await Merge()).AssertRefused("no batch.json in it; give the --out folder of 'cxr batch'");
        await Parts();
        File.WriteAllText(At("other.csv"), "image,phrase\nimages/b.png,edema\nimages/a.png,edema\n");
        (await Merge("--manifest", At("other.csv"))).AssertRefused("other.csv: does not name the 2 images of this batch in their order");
        File.Move(At("m.csv"), At("moved.csv"));
        (await Merge()).AssertRefused("m.csv");
        Assert.Equal(0, (await Merge("--manifest", At("moved.csv"))).Code);
    }

    [Fact]
    public async Task Batch_OtherNumberOfPartsOrOtherImages_IsRefusedAndMoreAtTheEndAreTaken()
    {
        await Parts();
        (await Batch("--preset", "turbo", "--shard", "1/3")).AssertRefused("was dealt out in 2 parts, not in 3; give --shard I/2");
        (await Batch("--preset", "turbo")).AssertRefused("was dealt out in 2 parts, not in 1");
        string manifest = File.ReadAllText(At("m.csv"));
        File.WriteAllText(At("m.csv"), "image,phrase,report\nimages/b.png,edema,\nimages/a.png,edema,\n");
        (await Batch("--preset", "turbo", "--shard", "1/2", "--resume")).AssertRefused(
            "was begun with 2 other images, or in another order"
        );

        TestImages.Radiograph(At("images"), "c.png");
        File.WriteAllText(At("m.csv"), manifest + "images/c.png,edema,\n");
        Assert.Equal(0, (await Batch("--preset", "turbo", "--shard", "1/2", "--resume")).Code);
        Assert.Equal(0, (await Batch("--preset", "turbo", "--shard", "2/2", "--resume")).Code);
        Assert.Equal(0, (await Merge()).Code);
        Assert.Equal("images/c.png", Lines(Results)[^1].GetProperty("image").GetString());
    }
}
