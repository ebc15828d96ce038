using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Workflows.Results;

/// <summary>A radiograph as the result documents describe it.</summary>
public static class ImageResults
{
    /// <summary>Makes the description.</summary>
    /// <param name="radiograph">The radiograph.</param>
    /// <param name="file">Its path relative to the result, or null.</param>
    /// <param name="sha256">SHA-256 of its file.</param>
    public static ImageResult Of(Radiograph radiograph, string? file, string sha256)
    {
        RadiographProvenance read = radiograph.Provenance;

        // The square does not depend on the model's size.
        PixelBox view = new ImageTransform(radiograph.Image.Size, 1).FieldOfView;
        return new ImageResult(
            file,
            sha256,
            radiograph.Image.Width,
            radiograph.Image.Height,
            read.Format.ToString().ToLowerInvariant(),
            read.Bits,
            read.Samples,
            Words(read.Orientation.ToString()),
            read.Dicom is { } dicom
                ? new DicomResult(dicom.TransferSyntax, dicom.DecompressedBy, dicom.Modality, dicom.Voi, dicom.Inverted)
                : null,
            read.Warnings
        )
        {
            FieldOfView = [view.X, view.Y, view.Width, view.Height],
        };
    }

    /// <summary>MirrorHorizontally -> mirror_horizontally, Rotate180 -> rotate_180.</summary>
    private static string Words(string name) =>
        string.Concat(
            name.Select(
                (letter, i) =>
                    i > 0 && (char.IsUpper(letter) || (char.IsDigit(letter) && !char.IsDigit(name[i - 1])))
                        ? $"_{char.ToLowerInvariant(letter)}"
                        : char.ToLowerInvariant(letter).ToString()
            )
        );
}
