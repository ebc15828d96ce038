using System.Numerics;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>
/// Turns the cross-attention maps of one phrase into one map on the model's square: per layer and step the mean over the phrase's own
/// tokens, min-max to [0,1], bilinear enlargement, mean over layers and steps. Not thread-safe; one instance per phrase.
/// </summary>
/// <remarks>
/// arXiv:2404.12920, section III, in the order of its public code. Enlarging is linear, so it commutes with the mean: maps of one size are
/// summed first and each size is enlarged once, instead of once per layer and step (80 times in the published setting). The min-max does
/// not commute and stays per layer and step.
/// </remarks>
public sealed class AttentionAggregation
{
    private readonly Dictionary<GridSize, Sum> _sums = [];
    private float[] _scratch = [];
    private double _focus;

    /// <summary>Starts with no maps.</summary>
    /// <param name="target">Size of the model's square in pixels.</param>
    public AttentionAggregation(GridSize target) => Target = target;

    /// <summary>Size of the result.</summary>
    public GridSize Target { get; }

    /// <summary>Maps added so far (layers x steps).</summary>
    public int MapCount { get; private set; }

    /// <summary>How many of them were constant and went in as zero.</summary>
    public int ConstantMapCount { get; private set; }

    /// <summary>
    /// How unevenly the attention lies, mean over the maps: the largest value of a map over its mean, before the min-max takes both away. 1
    /// for attention that is the same everywhere. It ranks phrases on one image; it is no probability of a finding.
    /// </summary>
    /// <value>0 as long as nothing was added.</value>
    public double Focus => MapCount == 0 ? 0 : _focus / MapCount;

    /// <summary>Adds the attention of one layer at one step.</summary>
    /// <param name="attention">
    /// Softmax probabilities, mean over heads: [Q, S] row-major, Q = rows x columns of the grid, row-major in turn.
    /// </param>
    /// <param name="grid">Attention grid of the layer.</param>
    /// <param name="positions">Positions (0..S-1) of the phrase's own tokens; BoS, EoS and padding excluded.</param>
    /// <exception cref="ArgumentException">
    /// The length is not a multiple of the grid's cells, there are no positions, or one is outside [0, S).
    /// </exception>
    public void Add(ReadOnlySpan<float> attention, GridSize grid, ReadOnlySpan<int> positions)
    {
        Span<float> map = Scratch(grid.CellCount);
        TokenMean(attention, grid, positions, map);
        AddMap(map, grid);
    }

    /// <summary>Adds a map of one layer at one step that is already averaged over tokens.</summary>
    /// <param name="map">[rows, columns], row-major.</param>
    /// <param name="grid">Size of <paramref name="map"/>.</param>
    /// <exception cref="ArgumentException">The length is not that of the grid.</exception>
    public void AddTokenMean(ReadOnlySpan<float> map, GridSize grid)
    {
        if (map.Length != grid.CellCount)
        {
            throw new ArgumentException($"map has {map.Length} values, {grid} has {grid.CellCount}", nameof(map));
        }

        Span<float> copy = Scratch(grid.CellCount);
        map.CopyTo(copy);
        AddMap(copy, grid);
    }

    /// <summary>Mean over the phrase's own tokens: [Q, S] -> [Q].</summary>
    /// <param name="attention">[Q, S], row-major.</param>
    /// <param name="grid">Attention grid, Q = its number of cells.</param>
    /// <param name="positions">Positions of the tokens.</param>
    /// <param name="map">Result, [Q].</param>
    /// <exception cref="ArgumentException">
    /// The length is not a multiple of the grid's cells, there are no positions, or one is outside [0, S).
    /// </exception>
    public static void TokenMean(ReadOnlySpan<float> attention, GridSize grid, ReadOnlySpan<int> positions, Span<float> map)
    {
        int cells = grid.CellCount;
        if (attention.IsEmpty || attention.Length % cells != 0)
        {
            throw new ArgumentException(
                $"attention has {attention.Length} values, not a multiple of the {cells} cells of {grid}",
                nameof(attention)
            );
        }

        int context = attention.Length / cells;
        if (positions.IsEmpty)
        {
            throw new ArgumentException("there are no token positions to average over", nameof(positions));
        }

        if (positions.ContainsAnyExceptInRange(0, context - 1))
        {
            throw new ArgumentException(
                $"token positions {string.Join(", ", positions.ToArray())}: must lie in [0, {context})",
                nameof(positions)
            );
        }

        for (int q = 0; q < cells; q++)
        {
            ReadOnlySpan<float> row = attention.Slice(q * context, context);
            float sum = 0;
            foreach (int position in positions)
            {
                sum += row[position];
            }

            map[q] = sum / positions.Length;
        }
    }

    /// <summary>The mean over everything added, enlarged to <see cref="Target"/>.</summary>
    /// <returns>[Target.Rows, Target.Columns], row-major, values in [0,1]; owned by the caller.</returns>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public float[] Mean()
    {
        if (MapCount == 0)
        {
            throw new InvalidOperationException("no attention map was added");
        }

        float[] result = GC.AllocateUninitializedArray<float>(Target.CellCount);
        float[] mean = [];
        bool first = true;
        foreach ((GridSize grid, Sum sum) in _sums)
        {
            Array.Resize(ref mean, grid.CellCount);
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] = (float)(sum.Values[i] / MapCount);
            }

            if (first)
            {
                BilinearResampler.Resize(mean, grid, result, Target);
                first = false;
            }
            else
            {
                BilinearResampler.AddResized(mean, grid, result, Target);
            }
        }

        return result;
    }

    private void AddMap(Span<float> map, GridSize grid)
    {
        _focus += Unevenness(map);
        if (!MapRange.Normalize(map))
        {
            ConstantMapCount++;
        }

        MapCount++;
        if (!_sums.TryGetValue(grid, out Sum? sum))
        {
            _sums.Add(grid, sum = new Sum(new double[grid.CellCount]));
        }

        AddTo(sum.Values, map);
    }

    private static void AddTo(Span<double> sums, ReadOnlySpan<float> values)
    {
        int i = 0;
        for (; i <= sums.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> low, out Vector<double> high);
            (new Vector<double>(sums[i..]) + low).CopyTo(sums[i..]);
            (new Vector<double>(sums[(i + Vector<double>.Count)..]) + high).CopyTo(sums[(i + Vector<double>.Count)..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] += values[i];
        }
    }

    private static double Unevenness(ReadOnlySpan<float> map)
    {
        double sum = 0;
        foreach (float value in map)
        {
            sum += value;
        }

        float largest = Math.Max(0, MapRange.Of(map).Maximum);
        return sum > 0 ? largest * map.Length / sum : 1;
    }

    private Span<float> Scratch(int length)
    {
        if (_scratch.Length < length)
        {
            _scratch = new float[length];
        }

        return _scratch.AsSpan(0, length);
    }

    /// <summary>Sum of the normalised maps of one size.</summary>
    private sealed record Sum(double[] Values);
}
