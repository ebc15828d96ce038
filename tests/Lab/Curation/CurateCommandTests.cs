using System.Globalization;
using System.Text.Json;
using CxrOnnx.Trainer.Data;
using Xunit;

namespace CxrOnnx.Lab.Tests.Curation;

[Trait("Category", "slow")]
public sealed class CurateCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-curate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Curate_MimicFolders_PairReportsWithTheImagesOfTheirStudy()
    {
        Write(
            "reports/p10/p10000032/s50414267.txt",
            "FINDINGS: Left lower lobe pneumonia. No effusion. Small right apical pneumothorax is possible."
        );
        Write("reports/p10/p10000032/s53189527.txt", "FINDINGS: The lungs are clear.");
        Write("reports/p11/p11000183/s51967845.txt", "IMPRESSION: Patchy consolidation.");
        Write("images/files/p10/p10000032/s50414267/frontal.jpg", "");
        Write("images/files/p10/p10000032/s50414267/second.jpg", "");

        LabRun run = await LabRun.Of(
            "curate",
            "--reports",
            In("reports"),
            "--images",
            In("images"),
            "--views",
            "all",
            "--out",
            In("set"),
            "--validation",
            "1"
        );

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(
            [
                "frontal:left lower pneumonia",
                "frontal:right apical pneumothorax?",
                "second:left lower pneumonia",
                "second:right apical pneumothorax?",
            ],
            Entries().Select(entry => $"{entry.ImageId}:{entry.Prompt}{(entry.Uncertain ? "?" : "")}")
        );
        Assert.All(Entries(), entry => Assert.Equal(("s50414267", "validate"), (entry.StudyId, entry.Split)));
        Assert.Equal("files/p10/p10000032/s50414267/frontal.jpg", Entries()[0].Image);
        Assert.Contains("3 reports (2 patients), 3 findings; left out: 1 without a place", run.Output, StringComparison.Ordinal);
        string[] statistics = await File.ReadAllLinesAsync(In("set/statistics.csv"), TestContext.Current.CancellationToken);
        Assert.Equal(1 + (8 * 27), statistics.Length);
        Assert.Contains("pneumonia,left lower,2", statistics);
        Assert.True(new FileInfo(In("set/statistics.png")).Length > 10_000);
    }

    [Fact]
    public async Task Curate_MetadataAndCsv_GiveThePathsOfTheJpegDataSet()
    {
        Write("metadata.csv", "dicom_id,subject_id,study_id,ViewPosition\nabc,10000032,50414267,PA\ndef,10000032,50414267,LATERAL\n");
        Write("reports.csv", "study,findings,impression\ns50414267,\"Bilateral effusions, left greater than right.\",No change\n");

        LabRun run = await LabRun.Of(
            "curate",
            "--reports",
            In("reports.csv"),
            "--metadata",
            In("metadata.csv"),
            "--out",
            In("set"),
            "--validation",
            "0"
        );

        Assert.True(run.ExitCode == 0, run.Error);
        TuningSetEntry entry = Assert.Single(Entries());
        Assert.Equal(
            ("files/p10/p10000032/s50414267/abc.jpg", "bilateral pleural effusion", "train"),
            (entry.Image, entry.Prompt, entry.Split)
        );
    }

    [Fact]
    public async Task Curate_PhantomReportsAndItsRadGraph_GiveNearlyTheKnownFindings()
    {
        await LabRun.Of("phantom", "--out", In("phantom"), "--count", "60", "--size", "32x40", "--hospital", "b", "--threads", "2");
        foreach (
            string[] source in (string[][])
                [
                    ["--reports", In("phantom/reports")],
                    ["--radgraph", In("phantom/radgraph.json")],
                ]
        )
        {
            LabRun run = await LabRun.Of([
                "curate",
                .. source,
                "--images",
                In("phantom"),
                "--truth",
                In("phantom/findings.json"),
                "--out",
                In("set"),
            ]);
            Assert.True(run.ExitCode == 0, run.Error);
            string[] rows = await File.ReadAllLinesAsync(In("set/accuracy.csv"), TestContext.Current.CancellationToken);
            int[] Sum(string level) =>
                [
                    .. new[] { 2, 3, 4 }.Select(column =>
                        rows.Where(row => row.StartsWith(level, StringComparison.Ordinal))
                            .Sum(row => int.Parse(row.Split(',')[column], CultureInfo.InvariantCulture))
                    ),
                ];
            Assert.True(
                Sum("pathology") is [var known, var read, var right] && right > 0.9 * known && right > 0.9 * read,
                string.Join('\n', rows)
            );
            Assert.Contains(
                "| kind of error |",
                await File.ReadAllTextAsync(In("set/accuracy.md"), TestContext.Current.CancellationToken),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task Curate_ReportsWithRemarks_CountsThemAndNamesTheirWords()
    {
        Write("reports/s1.txt", "Left effusion. Rigt lower lobe atelectasis.");
        Write("reports/s2.txt", "Left lower lobe atelectatsis. Right effusion.");
        Write("reports/s3.txt", "Left pneumo.");
        Write("reports/s4.txt", "Rechtsseitiger Pleuraerguss mit angrenzender Dystelektase.");
        Write("reports/s5.txt", "Small left effusion.");
        foreach (string name in (ReadOnlySpan<string>)["s1", "s2", "s5"])
        {
            Write($"images/{name}.png", "");
        }

        LabRun run = await LabRun.Of("curate", "--reports", In("reports"), "--images", In("images"), "--out", In("set"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("every remark, on 4 of 5 reports", run.Output, StringComparison.Ordinal);
        Assert.Contains("\"rigt\" (right?), \"atelectatsis\" (atelectasis?)", run.Output, StringComparison.Ordinal);
        using JsonDocument summary = JsonDocument.Parse(
            await File.ReadAllTextAsync(In("set/summary.json"), TestContext.Current.CancellationToken)
        );
        Assert.Equal(4, summary.RootElement.GetProperty("remarked_reports").GetInt32());
        JsonElement first = summary.RootElement.GetProperty("remarks")[0];
        Assert.Equal("words that look like typing errors were not read", first.GetProperty("kind").GetString());
        Assert.Equal(2, first.GetProperty("reports").GetInt32());
        string[] lines = await File.ReadAllLinesAsync(In("set/remarks.jsonl"), TestContext.Current.CancellationToken);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("{\"report\":\"s2\"", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"subject\":\"\\\"pneumo\\\" (pneumothorax or pneumonia?)\"", lines[2], StringComparison.Ordinal);
        Assert.Contains(
            "{\"kind\":\"not read\",\"subject\":\"the report seems to be written in German",
            lines[3],
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("--images images", "want either --reports or --radgraph")]
    [InlineData("--reports reports", "want --images or --metadata or both")]
    [InlineData("--reports reports --images images --views PA", "--views wants --metadata, which knows the views")]
    [InlineData("--reports nowhere --images images", "nowhere: no such folder or file")]
    [InlineData("--reports reports --images nowhere", "nowhere: no such folder")]
    [InlineData("--reports reports --images images --validation 2", "--validation 2: want a share between 0 and 1")]
    [InlineData("--reports reports --images images", "no sample: 1 reports with 1 findings, 1 of them without an image")]
    [InlineData("--reports reports --images images --truth x.json", "x.json: cannot be read")]
    public async Task Curate_WrongInput_SaysWhatInOneLine(string options, string message)
    {
        Write("reports/s1.txt", "Left effusion.");
        Directory.CreateDirectory(In("images"));
        string[] words = [.. options.Split(' ').Select(word => word is "reports" or "images" or "nowhere" or "x.json" ? In(word) : word)];

        LabRun run = await LabRun.Of(["curate", .. words, "--out", In("set")]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("set")));
    }

    private string In(string name) => Path.Combine(_folder, name);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
        File.WriteAllText(In(name), text);
    }

    private IReadOnlyList<TuningSetEntry> Entries() => TuningSetFile.Read(In("set/tuning-set.jsonl"));
}
