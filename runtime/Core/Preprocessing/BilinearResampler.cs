using System.Numerics;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Preprocessing;

/// <summary>
/// Bilinear interpolation with half-pixel centres and no low-pass before shrinking: what <c>interpolate(mode="bilinear",
/// align_corners=False)</c> of PyTorch and <c>Resize</c> (linear, half_pixel) of ONNX compute.
/// </summary>
/// <remarks>
/// Source positions are computed in single precision, as the references do: on a side of 700 pixels a double-precision position differs by
/// up to 3e-5 pixels, enough to exceed a 1e-5 tolerance at a sharp edge.
/// </remarks>
public static class BilinearResampler
{
    /// <summary>Resizes a map.</summary>
    /// <param name="source">[from.Rows, from.Columns], row-major.</param>
    /// <param name="from">Size of <paramref name="source"/>.</param>
    /// <param name="destination">[to.Rows, to.Columns], row-major; overwritten.</param>
    /// <param name="to">Size of <paramref name="destination"/>.</param>
    /// <exception cref="ArgumentException">A span does not have its size.</exception>
    public static void Resize(ReadOnlySpan<float> source, GridSize from, Span<float> destination, GridSize to) =>
        ResizeAndCrop(source, from, to, destination, to, 0, 0);

    /// <summary>Resizes a map and adds it to another.</summary>
    /// <param name="source">[from.Rows, from.Columns], row-major.</param>
    /// <param name="from">Size of <paramref name="source"/>.</param>
    /// <param name="sums">[to.Rows, to.Columns], row-major; changed in place.</param>
    /// <param name="to">Size of <paramref name="sums"/>.</param>
    /// <exception cref="ArgumentException">A span does not have its size.</exception>
    internal static void AddResized(ReadOnlySpan<float> source, GridSize from, Span<float> sums, GridSize to) =>
        Resample(source, from, to, sums, to, (0, 0), add: true);

    /// <summary>Resizes a map to <paramref name="resized"/> and computes only the part of it that starts at (top, left).</summary>
    /// <param name="source">[from.Rows, from.Columns], row-major.</param>
    /// <param name="from">Size of <paramref name="source"/>.</param>
    /// <param name="resized">Size of the whole resized map.</param>
    /// <param name="destination">[crop.Rows, crop.Columns], row-major; overwritten.</param>
    /// <param name="crop">Size of the part.</param>
    /// <param name="top">First row of the part.</param>
    /// <param name="left">First column of the part.</param>
    /// <exception cref="ArgumentException">A span does not have its size, or the part leaves the resized map.</exception>
    public static void ResizeAndCrop(
        ReadOnlySpan<float> source,
        GridSize from,
        GridSize resized,
        Span<float> destination,
        GridSize crop,
        int top,
        int left
    ) => Resample(source, from, resized, destination, crop, (top, left), add: false);

    private static void Resample(
        ReadOnlySpan<float> source,
        GridSize from,
        GridSize resized,
        Span<float> destination,
        GridSize crop,
        (int Top, int Left) start,
        bool add
    )
    {
        (int top, int left) = start;
        if (source.Length != from.CellCount)
        {
            throw new ArgumentException($"source has {source.Length} values, {from} has {from.CellCount}", nameof(source));
        }

        if (destination.Length != crop.CellCount)
        {
            throw new ArgumentException($"destination has {destination.Length} values, {crop} has {crop.CellCount}", nameof(destination));
        }

        if (top < 0 || left < 0 || top + crop.Rows > resized.Rows || left + crop.Columns > resized.Columns)
        {
            throw new ArgumentException($"part {crop} at row {top}, column {left} leaves the resized map {resized}", nameof(crop));
        }

        Tap[] columns = Taps(from.Columns, resized.Columns, left, crop.Columns);
        Tap[] rows = Taps(from.Rows, resized.Rows, top, crop.Rows);
        // Enlarging reads each source row many times: keep the two horizontally interpolated rows that are in use.
        float[] upper = new float[crop.Columns];
        float[] lower = new float[crop.Columns];
        int upperRow = -1;
        int lowerRow = -1;
        for (int y = 0; y < crop.Rows; y++)
        {
            Tap row = rows[y];
            if (row.First == lowerRow)
            {
                (upper, lower) = (lower, upper);
                (upperRow, lowerRow) = (lowerRow, upperRow);
            }

            if (row.First != upperRow)
            {
                InterpolateRow(source.Slice(row.First * from.Columns, from.Columns), columns, upper);
                upperRow = row.First;
            }

            if (row.Second != lowerRow)
            {
                InterpolateRow(source.Slice(row.Second * from.Columns, from.Columns), columns, lower);
                lowerRow = row.Second;
            }

            Blend(upper, lower, row.Weight, destination.Slice(y * crop.Columns, crop.Columns), add);
        }
    }

    private static void Blend(ReadOnlySpan<float> upper, ReadOnlySpan<float> lower, float weight, Span<float> destination, bool add)
    {
        float rest = 1 - weight;
        int x = 0;
        for (; x <= destination.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            Vector<float> values = (new Vector<float>(upper[x..]) * rest) + (new Vector<float>(lower[x..]) * weight);
            (add ? new Vector<float>(destination[x..]) + values : values).CopyTo(destination[x..]);
        }

        for (; x < destination.Length; x++)
        {
            float value = (rest * upper[x]) + (weight * lower[x]);
            destination[x] = add ? destination[x] + value : value;
        }
    }

    private static void InterpolateRow(ReadOnlySpan<float> source, ReadOnlySpan<Tap> taps, Span<float> destination)
    {
        for (int x = 0; x < taps.Length; x++)
        {
            Tap tap = taps[x];
            destination[x] = ((1 - tap.Weight) * source[tap.First]) + (tap.Weight * source[tap.Second]);
        }
    }

    private static Tap[] Taps(int from, int to, int start, int count)
    {
        Tap[] taps = new Tap[count];
        float scale = (float)from / to;
        for (int i = 0; i < count; i++)
        {
            float position = MathF.Max(0, (scale * (start + i + 0.5f)) - 0.5f);
            int first = Math.Min((int)position, from - 1);
            taps[i] = new Tap(first, Math.Min(first + 1, from - 1), Math.Clamp(position - first, 0, 1));
        }

        return taps;
    }

    /// <summary>The two source indices of one destination index and the weight of the second.</summary>
    private readonly record struct Tap(int First, int Second, float Weight);
}
