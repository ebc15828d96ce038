using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Core.Metrics;

/// <summary>
/// Contrast-to-noise ratio of a heatmap and the boxes it should light up: (mean inside - mean outside) / sqrt(variance inside + variance
/// outside), averaged over the boxes. Any real number; larger is better, negative when the map is darker inside.
/// </summary>
/// <remarks>
/// Vilouras et al. (arXiv:2404.12920), section IV, as its public implementation computes it. Population variances; NaN pixels belong to
/// neither side; a box without an answer (nothing inside, nothing outside, a constant map) counts 0.
/// </remarks>
public static class ContrastToNoiseRatio
{
    /// <summary>
    /// The reference's definition, which depends on the order of the boxes: each box, once measured, counts for later ones neither as
    /// inside nor as outside, so that a box inside an earlier one counts 0.
    /// </summary>
    /// <param name="heatmap">Any scale; NaN outside the field of view.</param>
    /// <param name="boxes">At least one, in the order of the annotation file.</param>
    /// <param name="absolute">Average the absolute values of the boxes' ratios (the older paper) instead of the signed ones.</param>
    public static double Compute(Heatmap heatmap, IReadOnlyList<PixelBox> boxes, bool absolute = false)
    {
        ArgumentOutOfRangeException.ThrowIfZero(boxes.Count);
        bool[] measured = new bool[heatmap.Values.Length];
        double sum = 0;
        foreach (PixelBox box in boxes)
        {
            BoxPixels pixels = BoxPixels.Of(box, heatmap.Size);
            double ratio = Ratio(heatmap, pixels, measured, measured);
            sum += absolute ? Math.Abs(ratio) : ratio;
            for (int y = pixels.Top; y < pixels.Bottom && !pixels.IsEmpty; y++)
            {
                measured.AsSpan((y * heatmap.Size.Width) + pixels.Left, pixels.Right - pixels.Left).Fill(true);
            }
        }

        return sum / boxes.Count;
    }

    /// <summary>
    /// The same without dependence on order: each box is measured against what lies outside all boxes.
    /// </summary>
    /// <param name="heatmap">Any scale; NaN outside the field of view.</param>
    /// <param name="boxes">At least one.</param>
    public static double ComputeOrderFree(Heatmap heatmap, IReadOnlyList<PixelBox> boxes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(boxes.Count);
        bool[] inAny = BoxPixels.Union(boxes, heatmap.Size);
        return boxes.Average(box => Ratio(heatmap, BoxPixels.Of(box, heatmap.Size), null, inAny));
    }

    /// <param name="heatmap">The map.</param>
    /// <param name="box">The box to measure.</param>
    /// <param name="leftOutInside">Pixels that do not count inside; null: all count.</param>
    /// <param name="leftOutOutside">Pixels that do not count outside.</param>
    private static double Ratio(Heatmap heatmap, BoxPixels box, bool[]? leftOutInside, bool[] leftOutOutside)
    {
        Moments inside = new();
        Moments outside = new();
        int width = heatmap.Size.Width;

        // Two passes: a variance from sums of squares loses digits where a map is nearly constant.
        for (int pass = 0; pass < 2; pass++)
        {
            for (int y = 0; y < heatmap.Size.Height; y++)
            {
                ReadOnlySpan<float> row = heatmap.Values.AsSpan(y * width, width);
                ReadOnlySpan<bool> leftOut = leftOutOutside.AsSpan(y * width, width);
                if (y < box.Top || y >= box.Bottom || box.IsEmpty)
                {
                    outside.Add(row, leftOut, pass);
                    continue;
                }

                outside.Add(row[..box.Left], leftOut[..box.Left], pass);
                outside.Add(row[box.Right..], leftOut[box.Right..], pass);
                inside.Add(
                    row[box.Left..box.Right],
                    leftOutInside is null ? default : leftOutInside.AsSpan(y * width, width)[box.Left..box.Right],
                    pass
                );
            }
        }

        double ratio = (inside.Mean - outside.Mean) / Math.Sqrt(inside.Variance + outside.Variance);
        return double.IsNaN(ratio) ? 0 : Math.Clamp(ratio, -float.MaxValue, float.MaxValue);
    }

    private struct Moments
    {
        private long _count;
        private double _sum;
        private double _squares;
        private float _first;
        private bool _varies;

        // A constant side has exactly its value as mean: the rounding of a sum must not look like contrast.
        public readonly double Mean =>
            _count == 0 ? double.NaN
            : _varies ? _sum / _count
            : _first;

        public readonly double Variance =>
            _count == 0 ? double.NaN
            : _varies ? _squares / _count
            : 0;

        /// <summary>First pass: mean; second pass: variance. NaN does not count.</summary>
        public void Add(ReadOnlySpan<float> values, ReadOnlySpan<bool> leftOut, int pass)
        {
            if (pass == 0)
            {
                AddToMean(values, leftOut);
            }
            else
            {
                AddToVariance(values, leftOut);
            }
        }

        private void AddToMean(ReadOnlySpan<float> values, ReadOnlySpan<bool> leftOut)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                float value = values[i];
                if (float.IsNaN(value) || (leftOut.Length > 0 && leftOut[i]))
                {
                    continue;
                }

                _first = _count == 0 ? value : _first;
                _varies |= value != _first;
                _count++;
                sum += value;
            }

            _sum += sum;
        }

        private void AddToVariance(ReadOnlySpan<float> values, ReadOnlySpan<bool> leftOut)
        {
            double mean = Mean;
            double squares = 0;
            for (int i = 0; i < values.Length; i++)
            {
                double distance = values[i] - mean;
                if (!double.IsNaN(distance) && !(leftOut.Length > 0 && leftOut[i]))
                {
                    squares += distance * distance;
                }
            }

            _squares += squares;
        }
    }
}
