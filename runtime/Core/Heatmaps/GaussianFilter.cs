using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// Separable Gaussian smoothing as <c>scipy.ndimage.gaussian_filter</c> defines it: kernel cut at radius <c>int(4 sigma + 0.5)</c> and
/// renormalised, edges mirrored with the edge pixel repeated (d c b a | a b c d | d c b a). Immutable and thread-safe.
/// </summary>
public sealed class GaussianFilter
{
    // As many columns at once as leave the rows that a sum reaches in the nearest cache, and the strip in the next.
    private const int StripColumns = 128;

    private readonly float[] _weights;

    /// <summary>Prepares the kernel.</summary>
    /// <param name="sigma">Standard deviation in pixels; 0 switches the filter off.</param>
    /// <exception cref="InputException">
    /// <paramref name="sigma"/> is negative, not finite or larger than <see cref="MaximumSigma"/>.
    /// </exception>
    public GaussianFilter(double sigma)
    {
        if (sigma is not (>= 0 and <= MaximumSigma))
        {
            throw new InputException(FormattableString.Invariant($"Gaussian sigma {sigma}: must lie in [0, {MaximumSigma}] pixels"));
        }

        Sigma = sigma;
        int radius = (int)((4 * sigma) + 0.5);
        double[] weights = new double[radius + 1];
        for (int i = 0; i <= radius; i++)
        {
            weights[i] = sigma == 0 ? 1 : Math.Exp(-0.5 * i * i / (sigma * sigma));
        }

        double total = weights[0] + (2 * weights.Skip(1).Sum());
        _weights = [.. weights.Select(weight => (float)(weight / total))];
    }

    /// <summary>Largest standard deviation accepted, in pixels.</summary>
    public const double MaximumSigma = 1000;

    /// <summary>Standard deviation in pixels.</summary>
    public double Sigma { get; }

    /// <summary>Pixels on each side that the kernel reaches.</summary>
    public int Radius => _weights.Length - 1;

    /// <summary>The kernel's centre and one side, outwards: <see cref="Radius"/> + 1 weights; centre and both sides sum to 1.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>Smooths a map in place.</summary>
    /// <param name="map">[rows, columns], row-major.</param>
    /// <param name="grid">Size of <paramref name="map"/>.</param>
    /// <exception cref="ArgumentException">The length is not that of the grid.</exception>
    public void Apply(Span<float> map, GridSize grid) => ApplyWithRange(map, grid);

    /// <summary>The same, with the smallest and largest value of the result: its rows are still near when they are looked for.</summary>
    internal (float Minimum, float Maximum) ApplyWithRange(Span<float> map, GridSize grid)
    {
        if (map.Length != grid.CellCount)
        {
            throw new ArgumentException($"map has {map.Length} values, {grid} has {grid.CellCount}", nameof(map));
        }

        if (Radius == 0)
        {
            return MapRange.Of(map);
        }

        int strip = Math.Min(StripColumns, grid.Columns);
        float[] rented = ArrayPool<float>.Shared.Rent(Math.Max((grid.Rows + (2 * Radius)) * strip, grid.Columns + (2 * Radius)));
        for (int left = 0; left < grid.Columns; left += strip)
        {
            Down(map, grid, left, Math.Min(strip, grid.Columns - left), rented);
        }

        (float Minimum, float Maximum) range = Across(map, grid, rented);
        ArrayPool<float>.Shared.Return(rented);
        return range;
    }

    /// <summary>Smooths some columns vertically.</summary>
    private void Down(Span<float> map, GridSize grid, int left, int width, Span<float> padded)
    {
        for (int i = 0; i < grid.Rows + (2 * Radius); i++)
        {
            map.Slice((Mirror(i - Radius, grid.Rows) * grid.Columns) + left, width).CopyTo(padded[(i * width)..]);
        }

        for (int y = 0; y < grid.Rows; y++)
        {
            Fold(padded.Slice(y * width, ((2 * Radius) + 1) * width), width, map.Slice((y * grid.Columns) + left, width));
        }
    }

    /// <summary>Smooths every row horizontally.</summary>
    private (float Minimum, float Maximum) Across(Span<float> map, GridSize grid, Span<float> padded)
    {
        int[] before = [.. Enumerable.Range(-Radius, Radius).Select(x => Mirror(x, grid.Columns))];
        int[] after = [.. Enumerable.Range(grid.Columns, Radius).Select(x => Mirror(x, grid.Columns))];
        float minimum = float.PositiveInfinity;
        float maximum = float.NegativeInfinity;
        for (int y = 0; y < grid.Rows; y++)
        {
            Span<float> row = map.Slice(y * grid.Columns, grid.Columns);
            row.CopyTo(padded[Radius..]);
            for (int i = 0; i < Radius; i++)
            {
                padded[i] = row[before[i]];
                padded[Radius + row.Length + i] = row[after[i]];
            }

            Fold(padded[..(row.Length + (2 * Radius))], 1, row);
            (float least, float largest) = MapRange.Of(row);
            minimum = Math.Min(minimum, least);
            maximum = Math.Max(maximum, largest);
        }

        return (minimum, maximum);
    }

    /// <summary>
    /// The weighted sums of values and their neighbours at distances of <paramref name="stride"/>, in both directions: centre first, then
    /// pair by pair outwards, so that a sum's bits do not depend on where in a vector it is computed.
    /// </summary>
    /// <param name="source">Radius x stride values, those that are summed around, and Radius x stride more.</param>
    /// <param name="stride">1 along a row, a row's length across rows.</param>
    /// <param name="destination">The sums; does not overlap the source.</param>
    private void Fold(ReadOnlySpan<float> source, int stride, Span<float> destination)
    {
        int centre = Radius * stride;
        int i = 0;
        if (source.Length < destination.Length + (2 * centre))
        {
            throw new ArgumentException($"{source.Length} values for {destination.Length} sums", nameof(source));
        }

        // Checked once, above, instead of at each load. Four vectors at once: their additions do not wait for each other.
        ref float weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        nuint vector = (nuint)Vector<float>.Count;
        for (; i <= destination.Length - (4 * Vector<float>.Count); i += 4 * Vector<float>.Count)
        {
            ref float before = ref Unsafe.Add(ref MemoryMarshal.GetReference(source), centre + i);
            ref float after = ref before;
            Vector<float> weight = new(weights);
            Vector<float> a = weight * Vector.LoadUnsafe(ref before);
            Vector<float> b = weight * Vector.LoadUnsafe(ref before, vector);
            Vector<float> c = weight * Vector.LoadUnsafe(ref before, 2 * vector);
            Vector<float> d = weight * Vector.LoadUnsafe(ref before, 3 * vector);
            for (int k = 1; k < _weights.Length; k++)
            {
                before = ref Unsafe.Subtract(ref before, stride);
                after = ref Unsafe.Add(ref after, stride);
                weight = new Vector<float>(Unsafe.Add(ref weights, k));
                a += (Vector.LoadUnsafe(ref before) + Vector.LoadUnsafe(ref after)) * weight;
                b += (Vector.LoadUnsafe(ref before, vector) + Vector.LoadUnsafe(ref after, vector)) * weight;
                c += (Vector.LoadUnsafe(ref before, 2 * vector) + Vector.LoadUnsafe(ref after, 2 * vector)) * weight;
                d += (Vector.LoadUnsafe(ref before, 3 * vector) + Vector.LoadUnsafe(ref after, 3 * vector)) * weight;
            }

            ref float sums = ref Unsafe.Add(ref MemoryMarshal.GetReference(destination), i);
            a.StoreUnsafe(ref sums);
            b.StoreUnsafe(ref sums, vector);
            c.StoreUnsafe(ref sums, 2 * vector);
            d.StoreUnsafe(ref sums, 3 * vector);
        }

        for (; i < destination.Length; i++)
        {
            float sum = _weights[0] * source[centre + i];
            for (int k = 1; k < _weights.Length; k++)
            {
                sum += _weights[k] * (source[centre + i - (k * stride)] + source[centre + i + (k * stride)]);
            }

            destination[i] = sum;
        }
    }

    /// <summary>Index of the mirrored position; also where the kernel is wider than the map.</summary>
    private static int Mirror(int index, int length)
    {
        if (index >= 0 && index < length)
        {
            return index;
        }

        int period = 2 * length;
        int within = ((index % period) + period) % period;
        return within < length ? within : period - 1 - within;
    }
}
