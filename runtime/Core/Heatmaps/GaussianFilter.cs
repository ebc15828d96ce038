using System.Numerics;
using System.Runtime.InteropServices;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// Separable Gaussian smoothing as <c>scipy.ndimage.gaussian_filter</c> defines it: kernel cut at radius <c>int(4 sigma + 0.5)</c> and
/// renormalised, edges mirrored with the edge pixel repeated (d c b a | a b c d | d c b a). Immutable and thread-safe.
/// </summary>
public sealed class GaussianFilter
{
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
    public void Apply(Span<float> map, GridSize grid)
    {
        if (map.Length != grid.CellCount)
        {
            throw new ArgumentException($"map has {map.Length} values, {grid} has {grid.CellCount}", nameof(map));
        }

        if (Radius == 0)
        {
            return;
        }

        int columns = grid.Columns;
        float[] source = map.ToArray();
        for (int y = 0; y < grid.Rows; y++)
        {
            Span<float> line = map.Slice(y * columns, columns);
            Scale(source.AsSpan(y * columns, columns), _weights[0], line);
            for (int k = 1; k <= Radius; k++)
            {
                AddPair(
                    source.AsSpan(Mirror(y - k, grid.Rows) * columns, columns),
                    source.AsSpan(Mirror(y + k, grid.Rows) * columns, columns),
                    _weights[k],
                    line
                );
            }
        }

        float[] padded = new float[columns + (2 * Radius)];
        for (int y = 0; y < grid.Rows; y++)
        {
            Span<float> line = map.Slice(y * columns, columns);
            for (int i = 0; i < padded.Length; i++)
            {
                padded[i] = line[Mirror(i - Radius, columns)];
            }

            Scale(padded.AsSpan(Radius, columns), _weights[0], line);
            for (int k = 1; k <= Radius; k++)
            {
                AddPair(padded.AsSpan(Radius - k, columns), padded.AsSpan(Radius + k, columns), _weights[k], line);
            }
        }
    }

    private static void Scale(ReadOnlySpan<float> source, float weight, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = weight * source[i];
        }
    }

    private static void AddPair(ReadOnlySpan<float> left, ReadOnlySpan<float> right, float weight, Span<float> destination)
    {
        // One check for all three instead of one at each load: the sums are the same, bit by bit.
        left = left[..destination.Length];
        right = right[..destination.Length];
        ref float firstLeft = ref MemoryMarshal.GetReference(left);
        ref float firstRight = ref MemoryMarshal.GetReference(right);
        ref float first = ref MemoryMarshal.GetReference(destination);
        int i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            nuint at = (nuint)i;
            Vector<float> pair = Vector.LoadUnsafe(ref firstLeft, at) + Vector.LoadUnsafe(ref firstRight, at);
            (Vector.LoadUnsafe(ref first, at) + (pair * weight)).StoreUnsafe(ref first, at);
        }

        for (; i < destination.Length; i++)
        {
            destination[i] += weight * (left[i] + right[i]);
        }
    }

    /// <summary>Index of the mirrored position; also where the kernel is wider than the map.</summary>
    private static int Mirror(int index, int length)
    {
        int period = 2 * length;
        int within = ((index % period) + period) % period;
        return within < length ? within : period - 1 - within;
    }
}
