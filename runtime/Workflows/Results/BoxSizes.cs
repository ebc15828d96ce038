using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Workflows.Results;

/// <summary>Boxes of a DICOM radiograph in the stored picture and in millimetres.</summary>
public static class BoxSizes
{
    private const string Detector = "detector";
    private const string Patient = "patient";
    private const string Unspecified = "unspecified";

    /// <summary>The spacing by which sizes are told.</summary>
    /// <param name="provenance">How the file was read.</param>
    /// <returns>
    /// The spacing, its name, and where it holds. A pixel spacing beside another one of the imager was calibrated (<c>patient</c>); one that
    /// equals the imager's was not (<c>detector</c>), and of one that stands alone nobody knows (<c>unspecified</c>); see PS3.3 10.7. Null
    /// where both are unknown.
    /// </returns>
    public static (PixelSpacing Spacing, string Name, string Place)? SpacingOf(RadiographProvenance provenance) =>
        (provenance.PixelSpacing, provenance.ImagerPixelSpacing) switch
        {
            ({ } pixel, { } imager) when pixel == imager => (pixel, "pixel_spacing", Detector),
            ({ } pixel, not null) => (pixel, "pixel_spacing", Patient),
            ({ } pixel, null) => (pixel, "pixel_spacing", Unspecified),
            (null, { } imager) => (imager, "imager_pixel_spacing", Detector),
            _ => null,
        };

    /// <summary>An entry with the boxes of its phrase in the stored picture and in millimetres; of other formats as it is.</summary>
    /// <param name="phrase">The entry.</param>
    /// <param name="provenance">How the file was read.</param>
    public static PhraseResult Add(PhraseResult phrase, RadiographProvenance provenance)
    {
        if (provenance.Dicom is null)
        {
            return phrase;
        }

        StoredGrid grid = StoredGrid.Of(provenance);
        PixelBox[] boxes = [.. phrase.Boxes.Select(box => new PixelBox(box[0], box[1], box[2], box[3]))];
        return phrase with
        {
            StoredBoxes = [.. boxes.Select(box => Numbers(grid.Box(box)))],
            BoxesMm = SpacingOf(provenance) is { } known ? [.. boxes.Select(box => Size(grid, box, known.Spacing))] : null,
        };
    }

    private static IReadOnlyList<double> Size(StoredGrid grid, PixelBox box, PixelSpacing spacing)
    {
        (double width, double height) = grid.Millimetres(box, spacing);
        return [Math.Round(width, 2), Math.Round(height, 2)];
    }

    private static IReadOnlyList<double> Numbers(PixelBox box) => [box.X, box.Y, box.Width, box.Height];
}
