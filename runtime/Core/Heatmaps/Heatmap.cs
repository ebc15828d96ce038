using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// A heatmap on the pixels of the original image, in [0,1], NaN where the model did not look (the margins that the centre crop cut off).
/// </summary>
public sealed class Heatmap
{
    /// <summary>Wraps values; the array is not copied.</summary>
    /// <param name="size">Size of the original image.</param>
    /// <param name="values">[Height, Width], row-major.</param>
    /// <exception cref="ArgumentException">The length is not that of the size.</exception>
    public Heatmap(ImageSize size, float[] values)
    {
        if (values.LongLength != size.PixelCount)
        {
            throw new ArgumentException(
                $"heatmap has {values.Length} values, an image of {size} pixels has {size.PixelCount}",
                nameof(values)
            );
        }

        Size = size;
        Values = values;
    }

    /// <summary>Size of the original image.</summary>
    public ImageSize Size { get; }

    /// <summary>[Height, Width], row-major.</summary>
    public float[] Values { get; }

    /// <summary>Value of the pixel in column <paramref name="x"/> and row <paramref name="y"/>.</summary>
    public float this[int x, int y] =>
        (uint)x < (uint)Size.Width && (uint)y < (uint)Size.Height
            ? Values[(y * Size.Width) + x]
            : throw new ArgumentOutOfRangeException(nameof(x), $"pixel ({x}, {y}) lies outside the image of {Size} pixels");

    /// <summary>
    /// The highest point; null where there is no value above 0. Enlarging by repetition makes the maximum a block of equal pixels: the
    /// block's centre is given, the first block in reading order where several are equal.
    /// </summary>
    public HeatmapPeak? Peak()
    {
        int best = -1;
        for (int i = 0; i < Values.Length; i++)
        {
            if (Values[i] > (best < 0 ? 0 : Values[best]))
            {
                best = i;
            }
        }

        if (best < 0)
        {
            return null;
        }

        (int row, int column) = Math.DivRem(best, Size.Width);
        int right = column + 1;
        int bottom = row + 1;
        while (right < Size.Width && Values[(row * Size.Width) + right] == Values[best])
        {
            right++;
        }

        while (bottom < Size.Height && Values[(bottom * Size.Width) + column] == Values[best])
        {
            bottom++;
        }

        return new HeatmapPeak((column + right) / 2.0, (row + bottom) / 2.0, Values[best]);
    }

    /// <summary>The smallest box around the largest connected region above a threshold; null where nothing is above it.</summary>
    /// <param name="threshold">In the map's units; NaN pixels are never above.</param>
    public PixelBox? Box(double threshold) => Regions(threshold) is [var largest, ..] ? largest.Box : null;

    /// <summary>
    /// The connected regions (8 neighbours) strictly above a threshold, largest first; among equals the higher maximum, then reading order.
    /// </summary>
    /// <param name="threshold">In the map's units; NaN pixels are never above.</param>
    public IReadOnlyList<HeatmapRegion> Regions(double threshold) => ConnectedRegions.Find(Values, Size, (float)threshold);
}
