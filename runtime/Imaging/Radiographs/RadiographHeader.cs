using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Imaging.Radiographs;

/// <summary>What is known of a radiograph before its pixels are decoded.</summary>
/// <param name="Size">Size of the upright picture, in pixels.</param>
/// <param name="Orientation">What makes the stored picture upright.</param>
/// <param name="Remarks">
/// What is to be said of it, as far as the header shows it: a lateral view, pixels that are not square. Only words of ours.
/// </param>
public sealed record RadiographHeader(ImageSize Size, ImageOrientation Orientation, IReadOnlyList<string> Remarks)
{
    /// <summary>That of a picture that had to be decoded after all.</summary>
    internal static RadiographHeader Of(Radiograph radiograph) =>
        new(radiograph.Image.Size, radiograph.Provenance.Orientation, radiograph.Provenance.Warnings);
}
