using System.Diagnostics;
using System.Text;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging.DicomObjects;

/// <summary>DICOM objects as other people's programs see them: dicom3tools, dcmtk and pydicom.</summary>
[Trait("Category", "process")]
public sealed class DicomValidatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Sources =>
        new()
        {
            { "L\\F", "MONOCHROME2" },
            { "R\\F", "MONOCHROME1" },
            { "F\\R", "MONOCHROME1" },
            { "H\\L", "MONOCHROME2" },
        };

    public static TheoryData<string, string> Turned =>
        new()
        {
            { "L\\F", "MONOCHROME2" },
            { "R\\F", "MONOCHROME1" },
            { "R\\H", "MONOCHROME2" },
            { "L\\H", "MONOCHROME2" },
            { "F\\L", "MONOCHROME2" },
            { "F\\R", "MONOCHROME1" },
            { "H\\R", "MONOCHROME2" },
            { "H\\L", "MONOCHROME2" },
        };

    public void Dispose() => _folder.Dispose();

    private static bool Has(string program) => Run("sh", "-c", $"command -v {program}").Code == 0;

    private static (int Code, string Text) Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }

    private string Save(DicomObjectFile one, int number)
    {
        string path = _folder.File($"{one.Kind.Name()}{number}.dcm");
        File.WriteAllBytes(path, one.Content);
        return path;
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Objects_OfEveryKind_HaveNoErrorsForDciodvfy(string orientation, string photometric)
    {
        Assert.SkipUnless(Has("dciodvfy"), "dciodvfy not installed (Debian package dicom3tools)");
        DicomFindings findings = SampleFindings.Of(SampleFindings.Write(_folder, orientation, photometric));
        List<string> errors = [];
        int count = 0;
        foreach (DicomObjectFile one in Enum.GetValues<DicomObjectKind>().SelectMany(kind => DicomObjectWriter.Write(kind, findings)))
        {
            string report = Run("dciodvfy", Save(one, count++)).Text;
            errors.AddRange(
                report.Split('\n').Where(line => line.StartsWith("Error", StringComparison.Ordinal)).Select(line => $"{one.Kind}: {line}")
            );
        }

        Assert.Equal(7, count);
        Assert.True(errors.Count == 0, string.Join('\n', errors));
    }

    [Theory]
    [MemberData(nameof(Turned))]
    public void PresentationState_AppliedByDcmtk_ShowsTheUprightPicture(string orientation, string photometric)
    {
        Assert.SkipUnless(Has("dcmp2pgm"), "dcmp2pgm not installed (Debian package dcmtk)");
        string source = SampleFindings.Write(_folder, orientation, photometric);
        AssertShownAsRead(source);
    }

    [Theory]
    [InlineData("rescale", "MONOCHROME1")]
    [InlineData("tables", "MONOCHROME2")]
    [InlineData("tables", "MONOCHROME1")]
    [InlineData("open", "MONOCHROME2")]
    public void PresentationState_AppliedByDcmtk_ShowsTheGrayValuesThatTheModelSaw(string gray, string photometric)
    {
        Assert.SkipUnless(Has("dcmp2pgm"), "dcmp2pgm not installed (Debian package dcmtk)");
        AssertShownAsRead(SampleFindings.Write(_folder, "F\\L", photometric, gray: gray));
    }

    private void AssertShownAsRead(string source)
    {
        string state = Save(DicomObjectWriter.Write(DicomObjectKind.PresentationState, SampleFindings.Of(source))[0], 0);
        string shown = _folder.File("shown.pgm");

        (int code, string text) = Run("dcmp2pgm", "-p", state, source, shown);

        Assert.True(code == 0, text);
        GrayImage expected = RadiographReader.Read(source).Image;
        byte[] pgm = File.ReadAllBytes(shown);
        int start = pgm.Length - (expected.Width * expected.Height);
        Assert.StartsWith($"P5\n", Encoding.ASCII.GetString(pgm, 0, 3), StringComparison.Ordinal);
        Assert.Contains(
            FormattableString.Invariant($"{expected.Width} {expected.Height}"),
            Encoding.ASCII.GetString(pgm, 0, start),
            StringComparison.Ordinal
        );
        int largest = 0;
        for (int i = 0; i < expected.Pixels.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(pgm[start + i] - (int)MathF.Round(expected.Pixels[i] * 255)));
        }

        // dcmtk rounds on its way; a picture turned in another way differs by more than a hundred.
        Assert.True(largest <= 2, $"gray values differ by up to {largest}");
    }

    [Fact]
    public void Objects_ReadByPydicom_SayWhatWasWritten()
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(
            File.Exists(python) && Run(python, "-c", "import pydicom, numpy").Code == 0,
            "pydicom not installed (Debian package python3-pydicom)"
        );
        DicomFindings findings = SampleFindings.Of(SampleFindings.Write(_folder, "R\\F", "MONOCHROME1"));
        string Path(DicomObjectKind kind) => Save(DicomObjectWriter.Write(kind, findings)[0], 0);
        const string script = """
            import sys, numpy, pydicom
            sc, gsps, seg, pm, sr = (pydicom.dcmread(path) for path in sys.argv[1:])
            for one in (sc, gsps, seg, pm, sr):
                print(one.PatientName, one.PatientID, one.StudyInstanceUID)
            print(sc.pixel_array.shape[2], sc.SourceImageSequence[0].ReferencedSOPInstanceUID)
            where = numpy.argwhere(numpy.squeeze(seg.pixel_array))
            print(where.min(0).tolist(), where.max(0).tolist(), len(where))
            print(seg.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeMeaning)
            values = numpy.frombuffer(pm.FloatPixelData, '<f4').reshape(pm.Rows, pm.Columns)
            print(values.min(), round(float(values.max()), 3), values[0].tolist().count(-1))
            print([float(v) for v in gsps.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData][:4])
            print(sr.VerificationFlag, sr.PreliminaryFlag, len(sr.ContentSequence))
            """;

        (int code, string text) = Run(
            python,
            "-c",
            script,
            Path(DicomObjectKind.SecondaryCapture),
            Path(DicomObjectKind.PresentationState),
            Path(DicomObjectKind.Segmentation),
            Path(DicomObjectKind.ParametricMap),
            Path(DicomObjectKind.StructuredReport)
        );

        Assert.True(code == 0, text);
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines[..5], line => Assert.Equal($"{SampleFindings.Name} PID-7 1.2.826.0.1.3680043.8.498.1", line));
        Assert.Equal($"3 {SampleFindings.SopInstance}", lines[5]);

        // The box (30, 20, 10, 13) of the mirrored picture is (11, 20, 10, 13) of the stored one.
        Assert.Equal("[20, 11] [32, 20] 130", lines[6]);
        Assert.Equal("Pneumonia", lines[7]);
        Assert.Equal("-1.0 0.9 51", lines[8]);
        Assert.Equal("[11.0, 20.0, 21.0, 20.0]", lines[9]);
        Assert.StartsWith("UNVERIFIED PRELIMINARY", lines[10], StringComparison.Ordinal);
    }
}
