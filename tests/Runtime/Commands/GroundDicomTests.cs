using CxrOnnx.Core.Artifacts;
using CxrOnnx.Runtime.Tests.Imaging.DicomObjects;
using CxrOnnx.Tests;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary><c>cxr ground --dicom</c>, <c>--dicom-uids</c>, <c>--html</c> and <c>--fhir</c>.</summary>
[Trait("Category", "slow")]
public sealed class GroundDicomTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out");

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Ground(params string[] arguments) =>
        CliTest.Run(["ground", .. arguments, "--preset", "turbo", "--bundle", TinyBundle.Folder, "--out", Out]);

    [Fact]
    public async Task Ground_WithEverything_WritesTheObjectsAndNamesNobody()
    {
        string image = SampleFindings.Write(_folder, orientation: "F\\R");

        CliRun run = await Ground(image, "right edema", "no effusion", "--dicom", "sr,sc,gsps,seg,pm", "--html", "--fhir");

        Assert.True(run.Code == 0, run.Error);
        GroundResult result = GroundResultFile.Read(Path.Combine(Out, "result.json"));
        string[] objects = [.. result.Files!.Where(file => file.EndsWith(".dcm", StringComparison.Ordinal))];
        Assert.Equal(["odd.right-edema.sc.dcm", "odd.gsps.dcm", "odd.seg.dcm", "odd.right-edema.pm.dcm", "odd.sr.dcm"], objects);
        Assert.Contains("report.html", result.Files!);
        Assert.Contains("fhir.json", result.Files!);
        Assert.All(result.Files!, file => Assert.True(File.Exists(Path.Combine(Out, file)), file));
        DicomResult dicom = result.Image.Dicom!;
        Assert.Equal(("1.2.826.0.1.3680043.8.498.1", SampleFindings.SopInstance), (dicom.StudyInstanceUid, dicom.SopInstanceUid));
        Assert.Equal((51, 45), (dicom.StoredWidth, dicom.StoredHeight));

        string said = run.Output + run.Error;
        foreach (string file in (string[])["result.json", "report.html", "fhir.json"])
        {
            said += await File.ReadAllTextAsync(Path.Combine(Out, file), TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain("nted^Secret", said, StringComparison.Ordinal);
        Assert.DoesNotContain("PID-7", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_Dicom_NamesStudyOnlyWhenAsked()
    {
        string image = SampleFindings.Write(_folder);

        CliRun plain = await Ground(image, "right edema", "--json");
        Assert.True(plain.Code == 0, plain.Error);
        Assert.DoesNotContain("1.2.826", plain.Output, StringComparison.Ordinal);
        CliRun asked = await Ground(image, "right edema", "--json", "--dicom-uids", "--force");
        Assert.Contains("\"study_instance_uid\": \"1.2.826.0.1.3680043.8.498.1\"", asked.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ground_DicomOfAPng_IsRefusedBeforeAnythingIsWritten()
    {
        string image = TestImages.Radiograph(_folder.Path);

        (await Ground(image, "right edema", "--dicom", "sc")).AssertRefused("is no DICOM file, so there is no study");
        (await Ground(image, "right edema", "--fhir")).AssertRefused("is no DICOM file, so there is no study");
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public async Task Ground_UnknownKind_IsRefused() =>
        (await Ground(SampleFindings.Write(_folder), "right edema", "--dicom", "sc,rtstruct")).AssertRefused(
            "--dicom rtstruct: known are sc, gsps, seg, pm, sr"
        );

    [Fact]
    public async Task Ground_PresentationStateOfColour_IsRefusedBeforeAnythingIsComputed() =>
        (await Ground(SampleFindings.Write(_folder, colour: true), "right edema", "--dicom", "gsps")).AssertRefused("in colour");

    [Fact]
    public async Task Ground_IntoAFolderWithAnObject_IsRefused()
    {
        string image = SampleFindings.Write(_folder);
        Directory.CreateDirectory(Out);
        AtomicFile.WriteText(Path.Combine(Out, "odd.gsps.dcm"), "earlier");

        (await Ground(image, "right edema")).AssertRefused("odd.gsps.dcm: an earlier result is there");
    }
}
