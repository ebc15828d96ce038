using System.IO.Compression;
using System.Text.Json;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using Xunit;

namespace CxrOnnx.Lab.Tests.Curation;

/// <summary>What must not get into a tuning set: lateral views, test patients, patients of an annotation file.</summary>
[Trait("Category", "slow")]
public sealed class SafeSetTests : IDisposable
{
    private const string Metadata =
        "dicom_id,subject_id,study_id,ViewPosition\n"
        + "a-pa,10000001,50000001,PA\na-lat,10000001,50000001,LATERAL\nb-ap,10000002,50000002,AP\nb-none,10000002,50000002,\n"
        + "c-pa,10000003,50000003,PA\nd-pa,10000004,50000004,PA\nabsent,10000004,50000004,PA\n";

    private const string Split =
        "dicom_id,study_id,subject_id,split\n"
        + "a-pa,50000001,10000001,train\na-lat,50000001,10000001,train\n"
        + "b-ap,50000002,10000002,validate\nb-none,50000002,10000002,validate\n"
        + "c-pa,50000003,10000003,test\nd-pa,50000004,10000004,train\n";

    private readonly TemporaryFolder _folder = new();

    public SafeSetTests()
    {
        foreach ((string letter, string number) in (ReadOnlySpan<(string, string)>)[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")])
        {
            _folder.Write($"reports/files/p10/p1000000{number}/s5000000{number}.txt", "FINDINGS: Left lower lobe pneumonia.");
            foreach (
                string view in letter == "a" ? ["pa", "lat"]
                : letter == "b" ? ["ap", "none"]
                : (string[])["pa"]
            )
            {
                _folder.Write($"images/files/p10/p1000000{number}/s5000000{number}/{letter}-{view}.jpg", "");
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Curate_MetadataSplitAndExclusion_KeepOnlyWhatIsSafeAndCountTheRest()
    {
        LabRun run = await Curate(
            "--images",
            _folder.File("images"),
            "--metadata",
            _folder.WritePacked("metadata.csv", Metadata),
            "--official-split",
            _folder.WritePacked("split.table", Split),
            "--exclude",
            _folder.WritePacked("ms-cxr", "dicom_id,path\nother,files/p10/p10000004/s59999999/other.jpg\n")
        );

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal([("a-pa", "train"), ("b-ap", "validate")], Entries().Select(entry => (entry.ImageId, entry.Split)));
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(_folder.File("set/summary.json")));
        JsonElement leftOut = summary.RootElement.GetProperty("left_out");
        Assert.Equal(
            """{"official test part":1,"patient of ms-cxr":1,"view LATERAL":1,"view not given":1}""",
            Compact(leftOut.GetProperty("images"))
        );
        Assert.Equal("""{"all images left out":1,"patient of ms-cxr":1}""", Compact(leftOut.GetProperty("reports")));
        Assert.Contains("official test part", run.Output, StringComparison.Ordinal);
        Assert.Contains("ms-cxr: 1 patients, 1 of them among the images", run.Output, StringComparison.Ordinal);
        Assert.Contains("metadata: 1 of 7 images have no file below the folder", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"images": [{"id": 1, "file_name": "d-pa.jpg", "path": "files/p10/p10000004/s50000004/d-pa.jpg"}]}""", "p10000004")]
    [InlineData("""[{"image_id": "D-PA.dcm"}]""", "p10000004")]
    [InlineData("subject_id,x\n10000004.0,nan\n", "p10000004")]
    [InlineData("image_id\r\nc-pa.dcm\r\nd-pa\r\n", "p10000003 p10000004")]
    public async Task Curate_ExcludedByAnyForm_LeavesOutThePatient(string annotations, string patients)
    {
        LabRun run = await Curate(
            "--metadata",
            _folder.Write("metadata.csv", Metadata),
            "--exclude",
            _folder.Write("annotations", "\uFEFF" + annotations)
        );

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.All(patients.Split(' '), patient => Assert.DoesNotContain(Entries(), entry => entry.Image.Contains(patient)));
        Assert.Contains(Entries(), entry => entry.ImageId == "a-pa");
        Assert.Contains("official split: none given", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curate_SplitWhosePatientIsNoNumber_IsRefused()
    {
        LabRun run = await Curate(
            "--metadata",
            _folder.Write("metadata.csv", Metadata),
            "--official-split",
            _folder.Write("split.csv", Split + "e,50000009,1.0E+07,test\n")
        );

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("split.csv line 8: subject_id is '1.0E+07', a number was expected", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curate_ExcludedRowOfTwoPatients_IsRefused()
    {
        LabRun run = await Curate(
            "--metadata",
            _folder.Write("metadata.csv", Metadata),
            "--exclude",
            _folder.Write("test.csv", "subject_id,path\n10000003,files/p10/p10000004/s50000004/d-pa.jpg\n")
        );

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("test.csv line 2: its patient is p10000003 or p10000004", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curate_PatientInSeveralParts_BelongsToTheMostProtected()
    {
        LabRun run = await Curate(
            "--metadata",
            _folder.Write("metadata.csv", Metadata + "d2,10000004,50000009,PA\n"),
            "--official-split",
            _folder.Write("split.csv", Split + "d2,50000009,10000004,test\n")
        );

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.DoesNotContain(Entries(), entry => entry.ImageId is "d-pa" or "d2");
    }

    [Fact]
    public async Task Curate_OwnValidationShare_StillLeavesOutTheTestPart()
    {
        LabRun run = await Curate(
            "--metadata",
            _folder.Write("metadata.csv", Metadata),
            "--official-split",
            _folder.Write("split.csv", Split),
            "--validation",
            "1"
        );

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(["a-pa", "b-ap", "d-pa"], Entries().Select(entry => entry.ImageId));
        Assert.All(Entries(), entry => Assert.Equal("validate", entry.Split));
    }

    [Fact]
    public async Task Curate_TreeWithoutMetadata_IsRefusedUnlessItLiesBeside()
    {
        LabRun refused = await Curate("--images", _folder.File("images"));

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("lateral ones cannot be told apart without --metadata", refused.Error, StringComparison.Ordinal);
        _folder.WritePacked("images/mimic-cxr-2.0.0-metadata.csv.gz", Metadata);

        LabRun run = await Curate("--images", _folder.File("images/files"));

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(["a-pa", "b-ap", "c-pa", "d-pa"], Entries().Select(entry => entry.ImageId));
        Assert.Contains("found beside the images", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("all", "a-lat a-pa b-ap b-none c-pa d-pa")]
    [InlineData("lateral,ap", "a-lat b-ap")]
    public async Task Curate_Views_AreThoseAskedFor(string views, string expected)
    {
        LabRun run = await Curate("--images", _folder.File("images"), "--metadata", _folder.Write("m.csv", Metadata), "--views", views);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(expected, string.Join(' ', Entries().Select(entry => entry.ImageId).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Curate_ReportsInAnArchive_AreRead()
    {
        ZipFile.CreateFromDirectory(_folder.File("reports"), _folder.File("mimic-cxr-reports"));
        string metadata = _folder.Write("m.csv", Metadata);

        LabRun run = await LabRun.Of(
            "curate",
            "--reports",
            _folder.File("mimic-cxr-reports"),
            "--metadata",
            metadata,
            "--out",
            _folder.File("set")
        );

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("of 4 reports (4 patients)", run.Output, StringComparison.Ordinal);
        string packed = _folder.WritePacked(
            "reports.csv",
            "subject_id,study_id,report\n10000001,50000001,Left effusion.\n10000001,50000001,Again.\n"
        );

        LabRun csv = await LabRun.Of("curate", "--reports", packed, "--metadata", metadata, "--out", _folder.File("csv"));

        Assert.True(csv.ExitCode == 0, csv.Error);
        Assert.Contains("a second report of the same study", csv.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "--official-split",
        "dicom_id,split\na-pa,dev\n",
        "line 2: split is 'dev', train, validate or test was expected; mend it, or remove the row"
    )]
    [InlineData("--official-split", "dicom_id\na-pa\n", "no column split")]
    [InlineData(
        "--exclude",
        "image_id\nunknown\n",
        "line 2: the patient of image unknown is not known: the file gives no path and no subject_id"
    )]
    [InlineData("--exclude", "a,b\n1,2\n", "no column dicom_id")]
    [InlineData("--exclude", "image_id,x\n,2\n", "line 2: names no patient and no image")]
    [InlineData("--exclude", "{\"annotations\": []}", "no list of images")]
    [InlineData("--exclude", "[{\"image_id\": 5}, 7]", "entry 1: is Number, an object was expected")]
    [InlineData("--exclude", "dicom_id\n", "names no patient and no image; --exclude wants the annotations of a test set")]
    public async Task Curate_WrongFile_SaysWhatInOneLine(string option, string text, string expected)
    {
        LabRun run = await Curate("--metadata", _folder.Write("m.csv", Metadata), option, _folder.Write("x.csv", text));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("set")));
    }

    [Fact]
    public async Task Curate_NumberedRadGraph_WantsTheRowsThatWereLabelled()
    {
        string labels = _folder.WritePacked(
            "radgraph.json",
            """
            {"0": {"text": "Left lower lobe opacity .", "entities": {
               "1": {"tokens": "Left lower lobe", "label": "Anatomy::definitely present", "start_ix": 0, "end_ix": 2, "relations": []}}},
             "1": {"text": "Clear .", "entities": {}}}
            """
        );
        string metadata = _folder.Write("m.csv", Metadata);
        async Task<LabRun> Read(params string[] more) =>
            await LabRun.Of(["curate", "--radgraph", labels, "--metadata", metadata, "--out", _folder.File("set"), .. more]);

        Assert.Contains("keys are 0 to 1, the package's own numbers", (await Read()).Error, StringComparison.Ordinal);
        string rows = _folder.Write("rows.csv", "study_id,report\n50000002,\"Left lower lobe opacity.\"\n50000001,Clear.\n");
        LabRun run = await Read("--reports", rows);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(("s50000002", "left lower opacity"), (Entries()[0].StudyId, Entries()[0].Prompt));
        string swapped = _folder.Write("swapped.csv", "study_id,report\n50000001,Clear.\n50000002,\"Left lower lobe opacity.\"\n");
        Assert.Contains("line 2: its text is not that of report 0", (await Read("--reports", swapped)).Error, StringComparison.Ordinal);
    }

    private Task<LabRun> Curate(params string[] options) =>
        LabRun.Of(["curate", "--reports", _folder.File("reports"), "--out", _folder.File("set"), .. options]);

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);

    private IReadOnlyList<TuningSetEntry> Entries() => TuningSetFile.Read(_folder.File("set/tuning-set.jsonl"));
}
