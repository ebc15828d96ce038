using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Core.Metrics;

/// <summary>
/// Mean intersection over union of a thresholded heatmap and the union of its boxes, over the thresholds 0.1, 0.2, 0.3, 0.4 and 0.5. From 0
/// to 1.
/// </summary>
/// <remarks>
/// Vilouras et al. (arXiv:2404.12920), section IV. A pixel is predicted when it is strictly above the threshold, compared in single
/// precision; NaN pixels are never predicted, but inside a box they belong to the union.
/// </remarks>
public static class MeanIoU
{
    /// <summary>The thresholds.</summary>
    public static IReadOnlyList<float> Thresholds { get; } = [0.1f, 0.2f, 0.3f, 0.4f, 0.5f];

    /// <summary>The mean over the thresholds.</summary>
    /// <param name="heatmap">In [0,1]; NaN outside the field of view.</param>
    /// <param name="boxes">The boxes; they may overlap.</param>
    public static double Compute(Heatmap heatmap, IReadOnlyList<PixelBox> boxes) => PerThreshold(heatmap, boxes).Average();

    /// <summary>Intersection over union at each threshold; 0 where nothing is predicted and the boxes are empty.</summary>
    public static IReadOnlyList<double> PerThreshold(Heatmap heatmap, IReadOnlyList<PixelBox> boxes)
    {
        bool[] inBoxes = BoxPixels.Union(boxes, heatmap.Size);

        // How many pixels exceed exactly the first n thresholds; one pass over a map that may have millions of pixels.
        long[] inside = new long[Thresholds.Count + 1];
        long[] outside = new long[Thresholds.Count + 1];
        float[] thresholds = [.. Thresholds];
        for (int i = 0; i < inBoxes.Length; i++)
        {
            int exceeded = 0;
            while (exceeded < thresholds.Length && heatmap.Values[i] > thresholds[exceeded])
            {
                exceeded++;
            }

            (inBoxes[i] ? inside : outside)[exceeded]++;
        }

        double[] result = new double[thresholds.Length];
        for (int t = 0; t < result.Length; t++)
        {
            long intersection = inside.Skip(t + 1).Sum();
            long union = inside.Sum() + outside.Skip(t + 1).Sum();
            result[t] = union == 0 ? 0 : (double)intersection / union;
        }

        return result;
    }

    /// <summary>
    /// Intersection over union of predicted boxes and annotated ones, for systems that answer with boxes: there is no threshold then.
    /// </summary>
    /// <param name="predicted">Predicted boxes; none is an answer too, and scores 0 unless nothing is annotated.</param>
    /// <param name="boxes">Annotated boxes.</param>
    /// <param name="size">Size of the image.</param>
    public static double OfBoxes(IReadOnlyList<PixelBox> predicted, IReadOnlyList<PixelBox> boxes, ImageSize size)
    {
        bool[] answer = BoxPixels.Union(predicted, size);
        bool[] truth = BoxPixels.Union(boxes, size);
        long intersection = 0;
        long union = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            intersection += answer[i] && truth[i] ? 1 : 0;
            union += answer[i] || truth[i] ? 1 : 0;
        }

        return union == 0 ? 0 : (double)intersection / union;
    }
}
