using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Bundles;

[Trait("Category", "quick")]
public sealed class BundleCertificateTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly string _folder;

    public BundleCertificateTests()
    {
        _folder = Directory.CreateDirectory(_temporary.File("bundle")).FullName;
        SampleBundle.Create(_folder);
    }

    private string Id => BundleManifestFile.Read(Path.Combine(_folder, "bundle.json")).Id;

    private BundleCertificate Certificate(params CertificateRow[] rows) =>
        new()
        {
            SchemaVersion = 1,
            BundleId = Id,
            Runs = [new CertificateRun("cxr 0", "a machine", "1.31", ["aa"], ["cardiomegaly"], rows)],
        };

    private static CertificateRow Row(string preset, double least, double seconds, string provider = "cpu", string math = "fp32") =>
        new(provider, math, preset, 10, least, least, 0.25, seconds);

    [Fact]
    public void Attach_Folder_KeepsTheIdAndEveryOtherFile()
    {
        string before = Id;
        BundleFile[] files = [.. BundleManifestFile.Read(Path.Combine(_folder, "bundle.json")).Files];

        BundleCertificateFile.Attach(_folder, Certificate(Row("exact", 1, 2)));
        BundleCertificateFile.Attach(_folder, Certificate(Row("exact", 1, 3)));

        using Bundle bundle = Bundle.Open(_folder);
        Assert.Equal(before, bundle.Manifest.Id);
        Assert.Equal(files, bundle.Manifest.Files.Where(file => file.Path != "certificate.json"));
        Assert.Equal(3, Assert.Single(BundleCertificateFile.Read(bundle)!.Rows).Seconds);
    }

    [Fact]
    public void Attach_Archive_IsPackedAgain()
    {
        string archive = _temporary.File("b.cxrb");
        BundleArchive.Pack(_folder, archive);

        BundleCertificateFile.Attach(archive, Certificate(Row("exact", 1, 2)));

        using Bundle bundle = Bundle.Open(archive);
        Assert.Single(BundleCertificateFile.Read(bundle)!.Rows);
        Assert.DoesNotContain("certificate.json", Directory.EnumerateFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Attach_OtherBundle_IsRefused() =>
        Assert.Contains(
            "the certificate is of 0000000000000000",
            Assert
                .Throws<ArtifactException>(() =>
                    BundleCertificateFile.Attach(_folder, Certificate(Row("exact", 1, 2)) with { BundleId = "0000000000000000" })
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Read_BundleWithoutOne_IsNull()
    {
        using Bundle bundle = Bundle.Open(_folder);
        Assert.Null(BundleCertificateFile.Read(bundle));
    }

    [Fact]
    public void With_RepeatedRows_ReplacesThemAndKeepsTheOthers()
    {
        BundleCertificate first = Certificate(Row("exact", 1, 2), Row("fast", 0.9, 1));
        CertificateRun again = new("cxr 1", "another", "1.31", ["bb"], ["edema"], [Row("fast", 0.99, 0.5), Row("fast", 1, 0.1, "cuda")]);

        BundleCertificate both = first.With(again);

        Assert.Equal(
            ["exact 2", "fast 0.5", "fast 0.1"],
            both.Rows.Select(row => FormattableString.Invariant($"{row.Preset} {row.Seconds}"))
        );
        Assert.Equal(2, both.Runs.Count);
        Assert.Single(both.With(again with { Rows = [Row("exact", 1, 1), Row("fast", 1, 1), Row("fast", 1, 1, "cuda")] }).Runs);
    }

    [Theory]
    [InlineData("", "is not a valid certificate")]
    [InlineData("[]", "has no schema version")]
    [InlineData("""{"schema_version": 2}""", "has no schema version that this program reads (1)")]
    [InlineData("""{"schema_version": 1, "bundle_id": "a"}""", "is not a valid certificate")]
    [InlineData("""{"schema_version": 1, "bundle_id": "a", "runs": null}""", "is not a valid certificate")]
    [InlineData("""{"schema_version": 1, "bundle_id": "a", "runs": [], "more": 1}""", "is not a valid certificate")]
    [InlineData("""{"schema_version": 1, "schema_version": 1, "bundle_id": "a", "runs": []}""", "is not a valid certificate")]
    public void Parse_Damaged_IsRefusedInOneLine(string json, string expected)
    {
        ArtifactException exception = Assert.Throws<ArtifactException>(() => BundleCertificateFile.Parse(json, "c.json"));
        Assert.StartsWith($"c.json: {expected}", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Parse_NumbersThatCannotBe_AreRefused()
    {
        CertificateRow good = Row("exact", 1, 2);
        CertificateRow[] bad =
        [
            good with
            {
                LeastCorrelation = 1.5,
            },
            good with
            {
                MeanCorrelation = -2,
            },
            good with
            {
                MaxAbs = 2,
            },
            good with
            {
                Heatmaps = 0,
            },
            good with
            {
                Seconds = 0,
            },
            good with
            {
                Provider = "abacus",
            },
            good with
            {
                Math = "bf16",
            },
        ];
        Assert.All(
            bad,
            row => Assert.Throws<ArtifactException>(() => BundleCertificateFile.Parse(BundleCertificateFile.Write(Certificate(row)), "c"))
        );
        Assert.Throws<ArtifactException>(() =>
            BundleCertificateFile.Parse(BundleCertificateFile.Write(Certificate(good, good with { Seconds = 1 })), "c")
        );
        Assert.Single(BundleCertificateFile.Parse(BundleCertificateFile.Write(Certificate(good)), "c").Rows);
    }

    public void Dispose() => _temporary.Dispose();
}
