using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>What a file says of view, orientation and shape of its pixels, in the words that files have.</summary>
[Trait("Category", "quick")]
public sealed class DicomViewTests
{
    private const uint View = 0x0018_5101;
    private const uint Orientation = 0x0020_0020;
    private const uint Cosines = 0x0020_0037;
    private const string NotSquare = "the pixels are not square; the picture was taken as it is stored";

    private static Radiograph Read(DicomFileBuilder file) =>
        RadiographReader.Read(file.Build(), "test.dcm", new RadiographReaderOptions { ProgramPath = "" });

    private static IReadOnlyList<string> Warnings(DicomFileBuilder file) => Read(file).Provenance.Warnings;

    [Theory]
    [InlineData("AP_LAT", "the view is lateral")]
    [InlineData("XTABLE LATERAL", "the view is lateral")]
    [InlineData("AP OBLIQUE", "oblique or decubitus")]
    [InlineData("CC", "names no frontal view")]
    [InlineData("SWIMMERS", "names no frontal view")]
    [InlineData("PA", null)]
    [InlineData("PA ERECT", null)]
    [InlineData("antero-posterior", null)]
    public void Read_ViewPosition_IsReadByItsWords(string view, string? expected)
    {
        IReadOnlyList<string> warnings = Warnings(new DicomFileBuilder().Text(View, "CS", view));

        Assert.Equal(expected is null ? 0 : 1, warnings.Count);
        Assert.All(warnings, warning => Assert.Contains(expected!, warning, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0x0008_103Eu, "Chest LAT", "", true)]
    [InlineData(0x0018_1030u, "W033 Thorax, lateral", "", true)]
    [InlineData(0x0018_1400u, "CHEST LATERAL", "", true)]
    [InlineData(0x0008_103Eu, "Chest LAT", "PA", false)]
    [InlineData(0x0008_103Eu, "Chest PA/LAT", "", false)]
    [InlineData(0x0008_103Eu, "Chest, bilateral", "", false)]
    public void Read_LateralByItsDescriptionOnly_IsSaid(uint tag, string description, string view, bool said) =>
        Assert.Equal(
            said,
            Warnings(new DicomFileBuilder().Text(tag, "LO", description).Text(View, "CS", view))
                .Any(warning => warning.Contains("a description of the series speaks of a lateral view", StringComparison.Ordinal))
        );

    [Theory]
    [InlineData("L", "PatientOrientation has not two values")]
    [InlineData("R\\F\\P", "PatientOrientation has not two values")]
    [InlineData("RL\\F", "PatientOrientation does not describe a frontal picture")]
    public void Read_OrientationThatSaysNothing_IsSaidAndNotFollowed(string value, string expected)
    {
        RadiographProvenance read = Read(new DicomFileBuilder().Text(Orientation, "CS", value)).Provenance;

        Assert.Equal(ImageOrientation.Upright, read.Orientation);
        Assert.Contains(expected, Assert.Single(read.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1\\0\\0\\0\\0\\-1", ImageOrientation.MirrorHorizontally)]
    [InlineData("0\\0\\-1\\1\\0\\0", ImageOrientation.Transpose)]
    [InlineData("1\\0\\0\\0\\0.1\\-0.9", ImageOrientation.Upright)]
    [InlineData("1\\0\\0\\0\\1\\0", ImageOrientation.Upright)]
    public void Read_CosinesWithoutPatientOrientation_TurnThePicture(string cosines, ImageOrientation expected)
    {
        DicomFileBuilder file = new DicomFileBuilder(48, 40).Text(Cosines, "DS", cosines);
        Radiograph read = Read(file);

        Assert.Equal(expected, read.Provenance.Orientation);
        Assert.Equal(expected == ImageOrientation.Transpose ? new ImageSize(40, 48) : new ImageSize(48, 40), read.Image.Size);
        Assert.Equal(
            expected != ImageOrientation.Upright,
            read.Provenance.Warnings.Any(warning => warning.StartsWith("ImageOrientationPatient", StringComparison.Ordinal))
        );
        Assert.Equal(ImageOrientation.Upright, Read(file.Text(Orientation, "CS", "L\\F")).Provenance.Orientation);
    }

    [Theory]
    [InlineData(0x0028_0030u, "0.2\\0.4", true)]
    [InlineData(0x0018_1164u, "0.4\\0.2", true)]
    [InlineData(0x0028_0034u, "1\\2", true)]
    [InlineData(0x0028_0034u, "1\\1.0", false)]
    [InlineData(0x0028_0030u, "0.143\\0.1432", false)]
    [InlineData(0x0028_0030u, "0\\0", false)]
    public void Read_PixelsThatAreNotSquare_AreSaid(uint tag, string value, bool said) =>
        Assert.Equal(said, Warnings(new DicomFileBuilder().Text(tag, "DS", value)).Contains(NotSquare));

    [Fact]
    public void Read_PresentationTable_IsSaid() =>
        Assert.Contains(
            Warnings(new DicomFileBuilder().Table(0x2050_0010, 0, 12, [.. Enumerable.Range(0, 4096).Reverse()])),
            warning => warning.Contains("PresentationLUTSequence", StringComparison.Ordinal)
        );
}
