using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Imaging.Radiographs;

/// <summary>What has to be done to the stored picture so that it is upright. The numbers are those of the EXIF tag Orientation.</summary>
public enum ImageOrientation
{
    /// <summary>Nothing: it is upright.</summary>
    Upright = 1,

    /// <summary>Mirror left-right.</summary>
    MirrorHorizontally = 2,

    /// <summary>Turn by 180 degrees.</summary>
    Rotate180 = 3,

    /// <summary>Mirror top-bottom.</summary>
    MirrorVertically = 4,

    /// <summary>Swap rows and columns.</summary>
    Transpose = 5,

    /// <summary>Turn by 90 degrees clockwise.</summary>
    Rotate90 = 6,

    /// <summary>Swap rows and columns along the other diagonal.</summary>
    Transverse = 7,

    /// <summary>Turn by 270 degrees clockwise.</summary>
    Rotate270 = 8,
}

/// <summary>Turns pictures upright.</summary>
internal static class ImageOrientations
{
    /// <summary>Reads the EXIF number; anything outside 1..8 counts as upright, as viewers do it.</summary>
    public static ImageOrientation FromExif(int value) => value is >= 1 and <= 8 ? (ImageOrientation)value : ImageOrientation.Upright;

    /// <summary>
    /// What makes a DICOM picture upright in the usual display: rows run to the patient's left, columns to the feet.
    /// </summary>
    /// <param name="rowDirection">First letter of the first value of PatientOrientation: where a row runs to.</param>
    /// <param name="columnDirection">First letter of the second value: where a column runs to.</param>
    /// <returns>Null when the letters do not describe a frontal picture.</returns>
    public static ImageOrientation? FromPatientOrientation(char rowDirection, char columnDirection) =>
        (rowDirection, columnDirection) switch
        {
            ('L', 'F') => ImageOrientation.Upright,
            ('R', 'F') => ImageOrientation.MirrorHorizontally,
            ('R', 'H') => ImageOrientation.Rotate180,
            ('L', 'H') => ImageOrientation.MirrorVertically,
            ('F', 'L') => ImageOrientation.Transpose,
            ('F', 'R') => ImageOrientation.Rotate90,
            ('H', 'R') => ImageOrientation.Transverse,
            ('H', 'L') => ImageOrientation.Rotate270,
            _ => null,
        };

    /// <summary>Size of the upright picture.</summary>
    public static ImageSize SizeOf(ImageOrientation orientation, ImageSize stored) =>
        orientation >= ImageOrientation.Transpose ? new ImageSize(stored.Height, stored.Width) : stored;

    /// <summary>Returns the upright picture (the same object if nothing is to be done).</summary>
    public static GrayImage Apply(ImageOrientation orientation, GrayImage image)
    {
        if (orientation == ImageOrientation.Upright)
        {
            return image;
        }

        (int width, int height) = (image.Width, image.Height);
        (int newWidth, int newHeight) = SwapsSides(orientation) ? (height, width) : (width, height);
        float[] source = image.Pixels;
        float[] target = new float[source.Length];
        for (int y = 0; y < newHeight; y++)
        {
            for (int x = 0; x < newWidth; x++)
            {
                (int column, int row) = ToStored(orientation, x, y, width - 1, height - 1);
                target[(y * newWidth) + x] = source[(row * width) + column];
            }
        }

        return new GrayImage(newWidth, newHeight, target);
    }

    /// <summary>Whether the rows of the stored picture are columns of the upright one.</summary>
    public static bool SwapsSides(ImageOrientation orientation) => orientation >= ImageOrientation.Transpose;

    /// <summary>Where a place of the upright picture lies in the stored one.</summary>
    /// <typeparam name="T">Whole pixels or edges between them.</typeparam>
    /// <param name="orientation">What made the picture upright.</param>
    /// <param name="x">Column in the upright picture.</param>
    /// <param name="y">Row in the upright picture.</param>
    /// <param name="lastX">Largest column of the stored picture: its width less 1 for pixels, its width for edges.</param>
    /// <param name="lastY">Largest row of the stored picture, likewise.</param>
    public static (T X, T Y) ToStored<T>(ImageOrientation orientation, T x, T y, T lastX, T lastY)
        where T : System.Numerics.ISubtractionOperators<T, T, T> =>
        orientation switch
        {
            ImageOrientation.Upright => (x, y),
            ImageOrientation.MirrorHorizontally => (lastX - x, y),
            ImageOrientation.Rotate180 => (lastX - x, lastY - y),
            ImageOrientation.MirrorVertically => (x, lastY - y),
            ImageOrientation.Transpose => (y, x),
            ImageOrientation.Rotate90 => (y, lastY - x),
            ImageOrientation.Transverse => (lastX - y, lastY - x),
            _ => (lastX - y, x),
        };
}
