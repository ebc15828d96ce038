using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Core.Metrics;

/// <summary>
/// Area under the ROC curve of a heatmap as a classifier of pixels, inside the boxes or not, from five thresholds. From 0 to 1; 0.5 where
/// there are no pixels of one kind.
/// </summary>
/// <remarks>
/// Vilouras et al. (arXiv:2404.12920), section IV: the binned area of TorchEval with 5 thresholds 0, 0.25, 0.5, 0.75, 1. A pixel is
/// predicted when it is at least the threshold; NaN pixels are of neither kind. The curve starts at the origin.
/// </remarks>
public static class AucRoc
{
    private const int ThresholdCount = 5;

    /// <summary>The area.</summary>
    /// <param name="heatmap">In [0,1]; NaN outside the field of view.</param>
    /// <param name="boxes">The boxes; they may overlap.</param>
    public static double Compute(Heatmap heatmap, IReadOnlyList<PixelBox> boxes)
    {
        bool[] inBoxes = BoxPixels.Union(boxes, heatmap.Size);
        long[] truePositives = new long[ThresholdCount];
        long[] falsePositives = new long[ThresholdCount];
        for (int i = 0; i < inBoxes.Length; i++)
        {
            // The highest threshold that the pixel reaches; below the lowest, and for NaN (which fails every comparison), none.
            int t = 0;
            while (t < ThresholdCount && !(heatmap.Values[i] >= (ThresholdCount - 1 - t) / (float)(ThresholdCount - 1)))
            {
                t++;
            }

            if (t < ThresholdCount)
            {
                (inBoxes[i] ? truePositives : falsePositives)[t]++;
            }
        }

        // What reaches a threshold reaches the lower ones too.
        for (int t = 1; t < ThresholdCount; t++)
        {
            truePositives[t] += truePositives[t - 1];
            falsePositives[t] += falsePositives[t - 1];
        }

        double area = truePositives[0] / 2.0 * falsePositives[0];
        for (int t = 1; t < ThresholdCount; t++)
        {
            area += (truePositives[t] + truePositives[t - 1]) / 2.0 * (falsePositives[t] - falsePositives[t - 1]);
        }

        double all = (double)truePositives[^1] * falsePositives[^1];
        return all == 0 ? 0.5 : area / all;
    }
}
