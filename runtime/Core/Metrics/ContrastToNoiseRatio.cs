using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Core.Metrics;

/// <summary>
/// Contrast-to-noise ratio of a heatmap and the boxes it should light up: (mean inside - mean outside) / sqrt(variance inside + variance
/// outside), averaged over the boxes. Any real number; larger is better, negative when the map is darker inside.
/// </summary>
/// <remarks>
/// Vilouras et al. (arXiv:2404.12920), section IV, as its public implementation computes it. Population variances; NaN pixels belong to neither
/// side; a box without an answer (nothing inside, nothing outside, a constant map) counts 0.
/// </remarks>
public static class ContrastToNoiseRatio
{
    /// <summary>
    /// The reference's definition, which depends on the order of the boxes: each box, once measured, counts for later ones neither as inside nor as
    /// outside, so that a box inside an earlier one counts 0.
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
            double ratio = Ratio(heatmap, pixels, (index, _) => measured[index]);
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
        return boxes.Average(box => Ratio(heatmap, BoxPixels.Of(box, heatmap.Size), (index, inside) => !inside && inAny[index]));
    }

    private static double Ratio(Heatmap heatmap, BoxPixels box, Func<int, bool, bool> isLeftOut)
    {
        Moments inside = new();
        Moments outside = new();
        float[] values = heatmap.Values;

        // Two passes: a variance from sums of squares loses digits where a map is nearly constant.
        for (int pass = 0; pass < 2; pass++)
        {
            int index = 0;
            for (int y = 0; y < heatmap.Size.Height; y++)
            {
                bool inRows = y >= box.Top && y < box.Bottom;
                for (int x = 0; x < heatmap.Size.Width; x++, index++)
                {
                    bool isInside = inRows && x >= box.Left && x < box.Right;
                    if (!float.IsNaN(values[index]) && !isLeftOut(index, isInside))
                    {
                        (isInside ? ref inside : ref outside).Add(values[index], pass);
                    }
                }
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
        public readonly double Mean => _count == 0 ? double.NaN : _varies ? _sum / _count : _first;

        public readonly double Variance => _count == 0 ? double.NaN : _varies ? _squares / _count : 0;

        public void Add(float value, int pass)
        {
            if (pass == 0)
            {
                _first = _count == 0 ? value : _first;
                _varies |= value != _first;
                _count++;
                _sum += value;
            }
            else
            {
                double distance = value - Mean;
                _squares += distance * distance;
            }
        }
    }
}
