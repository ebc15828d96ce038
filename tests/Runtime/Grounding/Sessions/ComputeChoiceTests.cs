using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Sessions;

[Trait("Category", "quick")]
public sealed class ComputeChoiceTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    private Bundle Certified(params CertificateRow[] rows)
    {
        string folder = _temporary.File("bundle");
        CopyFolder(TinyBundle.Folder, folder);
        string id = BundleManifestFile.Read(Path.Combine(folder, "bundle.json")).Id;
        BundleCertificateFile.Attach(
            folder,
            new BundleCertificate
            {
                SchemaVersion = 1,
                BundleId = id,
                Runs = [new CertificateRun("cxr 0", "a machine", "1.31", ["aa"], ["cardiomegaly"], rows)],
            }
        );
        return Bundle.Open(folder);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static CertificateRow Row(string provider, string math, string preset, double least, double seconds) =>
        new(provider, math, preset, 30, least, least, 0.1, seconds);

    private Bundle Usual() =>
        Certified(
            Row("cpu", "fp32", "exact", 1, 0.8),
            Row("cpu", "fp32", "fast", 0.99956, 0.2),
            Row("cpu", "fp32", "turbo", 0.93, 0.1),
            Row("cuda", "fp32", "exact", 0.99999, 0.4),
            Row("cuda", "tf32", "exact", 0.9995, 0.2),
            Row("cuda", "fp16", "exact", 0.998, 0.1),
            Row("cuda", "fp16", "fast", 0.9991, 0.05)
        );

    [Theory]
    [InlineData("cpu", "auto", "auto", "fast", "fp32", "at 0.9995 or more in 30 comparisons")]
    [InlineData("cpu", "exact", "auto", "exact", "fp32", "asked for")]
    [InlineData("cpu", "turbo", "auto", "turbo", "fp32", "no certificate of anything faster on cpu")]
    [InlineData("cuda", "exact", "auto", "exact", "tf32", "at 0.9995 or more")]
    [InlineData("cuda", "auto", "auto", "fast", "fp16", "at 0.9991 or more")]
    [InlineData("cuda", "auto", "fp32", "exact", "fp32", "at 0.9999 or more")]
    [InlineData("tensorrt", "auto", "auto", "exact", "fp32", "no certificate")]
    [InlineData("cpu", "turbo", "fp32", "turbo", "fp32", "asked for")]
    public void Resolve_Certificate_GivesTheFastestThatHolds(
        string provider,
        string preset,
        string math,
        string expectedPreset,
        string expectedMath,
        string reason
    )
    {
        using Bundle bundle = Usual();

        ComputeChoice choice = ComputeChoice.Resolve(bundle, provider, preset, math);

        Assert.Equal((expectedPreset, expectedMath), (choice.Preset, choice.Math.Name()));
        Assert.Contains(reason, choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_NoCertificate_IsExactInSinglePrecision()
    {
        using Bundle bundle = Bundle.Open(TinyBundle.Folder);

        ComputeChoice choice = ComputeChoice.Resolve(bundle, "cpu", ComputeChoice.Auto, ComputeChoice.Auto);

        Assert.Equal(("exact", MathPrecision.Fp32), (choice.Preset, choice.Math));
        Assert.Contains("no certificate", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_PresetOfEvidenceMaps_IsWhatWasAskedForAndNoMatterOfCertificates()
    {
        using Bundle bundle = Bundle.Open(EvidenceBundle.Folder);

        ComputeChoice choice = ComputeChoice.Resolve(bundle, "cpu", "evidence", ComputeChoice.Auto);

        Assert.Equal(new ComputeChoice("evidence", MathPrecision.Fp32, ComputeChoice.Asked), choice);
    }

    [Fact]
    public void Resolve_UnknownPrecision_IsRefused()
    {
        using Bundle bundle = Bundle.Open(TinyBundle.Folder);
        Assert.Throws<InputException>(() => ComputeChoice.Resolve(bundle, "cpu", "exact", "bf16"));
    }
}
