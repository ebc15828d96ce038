using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Workflows.Results;

/// <summary>Boxes in millimetres: by which spacing, and where.</summary>
[Trait("Category", "quick")]
public sealed class BoxSizesTests
{
    private static readonly PixelSpacing Fine = new(Row: 0.5, Column: 0.2);
    private static readonly PixelSpacing Coarse = new(Row: 0.6, Column: 0.25);

    private static RadiographProvenance Read(PixelSpacing? pixel, PixelSpacing? imager) =>
        new()
        {
            Format = RadiographFormat.Dicom,
            StoredWidth = 60,
            StoredHeight = 40,
            Bits = 12,
            Samples = "MONOCHROME2",
            Orientation = ImageOrientation.Rotate90,
            Dicom = new DicomRendering("explicit little endian", null, "identity", "", Inverted: false),
            PixelSpacing = pixel,
            ImagerPixelSpacing = imager,
        };

    [Fact]
    public void SpacingOf_AFile_SaysWhereItHolds()
    {
        Assert.Equal((Fine, "pixel_spacing", "patient"), BoxSizes.SpacingOf(Read(Fine, Coarse)));
        Assert.Equal((Fine, "pixel_spacing", "detector"), BoxSizes.SpacingOf(Read(Fine, Fine)));
        Assert.Equal((Fine, "pixel_spacing", "unspecified"), BoxSizes.SpacingOf(Read(Fine, null)));
        Assert.Equal((Coarse, "imager_pixel_spacing", "detector"), BoxSizes.SpacingOf(Read(null, Coarse)));
        Assert.Null(BoxSizes.SpacingOf(Read(null, null)));
    }

    [Fact]
    public void Add_BoxOfATurnedPicture_IsMeasuredAlongTheStoredRows()
    {
        PhraseResult phrase = BoxSizes.Add(SampleResult.Of().Phrases[0], Read(Fine, null));

        // Upright 40 x 60: a clockwise quarter turn of the stored 60 x 40.
        Assert.Equal([2.0, 29, 20, 10], Assert.Single(phrase.StoredBoxes!));
        Assert.Equal([5.0, 4], Assert.Single(phrase.BoxesMm!));
        Assert.Null(BoxSizes.Add(SampleResult.Of().Phrases[0], Read(null, null)).BoxesMm);
    }
}
