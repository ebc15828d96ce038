using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Imaging.Radiographs;

/// <summary>
/// From the upright picture, in which boxes and heatmaps are given, back to the picture as the file stores it, which is the grid of every
/// other program that opens the file.
/// </summary>
/// <param name="Orientation">What made the picture upright.</param>
/// <param name="Size">Size of the stored picture in pixels.</param>
public readonly record struct StoredGrid(ImageOrientation Orientation, ImageSize Size)
{
    /// <summary>The grid of a radiograph's file.</summary>
    public static StoredGrid Of(RadiographProvenance provenance) =>
        new(provenance.Orientation, new ImageSize(provenance.StoredWidth, provenance.StoredHeight));

    /// <summary>Size of the upright picture in pixels.</summary>
    public ImageSize UprightSize => ImageOrientations.SwapsSides(Orientation) ? new ImageSize(Size.Height, Size.Width) : Size;

    /// <summary>A box of the upright picture in the stored one: origin at the outer corner of the first stored pixel.</summary>
    public PixelBox Box(PixelBox upright)
    {
        (double x0, double y0) = Edge(upright.X, upright.Y);
        (double x1, double y1) = Edge(upright.Right, upright.Bottom);
        return PixelBox.FromEdges(Math.Min(x0, x1), Math.Min(y0, y1), Math.Max(x0, x1), Math.Max(y0, y1));
    }

    /// <summary>The stored pixel (column, row, from 0) that is shown at a pixel of the upright picture.</summary>
    public (int X, int Y) Pixel(int x, int y) => ImageOrientations.ToStored(Orientation, x, y, Size.Width - 1, Size.Height - 1);

    /// <summary>A map of the upright picture in the stored one.</summary>
    /// <param name="upright">[height, width] of the upright picture; read only.</param>
    /// <returns>[height, width] of the stored picture; a new array.</returns>
    public T[] Map<T>(ReadOnlySpan<T> upright)
    {
        ImageSize from = UprightSize;
        T[] stored = new T[upright.Length];
        for (int y = 0; y < from.Height; y++)
        {
            for (int x = 0; x < from.Width; x++)
            {
                (int column, int row) = Pixel(x, y);
                stored[(row * Size.Width) + column] = upright[(y * from.Width) + x];
            }
        }

        return stored;
    }

    /// <summary>Width and height of an upright box in millimetres.</summary>
    /// <param name="upright">The box.</param>
    /// <param name="spacing">Spacing of the stored pixels.</param>
    public (double Width, double Height) Millimetres(PixelBox upright, PixelSpacing spacing) =>
        ImageOrientations.SwapsSides(Orientation)
            ? (upright.Width * spacing.Row, upright.Height * spacing.Column)
            : (upright.Width * spacing.Column, upright.Height * spacing.Row);

    private (double X, double Y) Edge(double x, double y) =>
        ImageOrientations.ToStored(Orientation, x, y, (double)Size.Width, (double)Size.Height);
}
