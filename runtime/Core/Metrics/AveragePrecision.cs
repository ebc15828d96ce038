using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Metrics;

/// <summary>
/// Average precision of scored boxes: the area under the precision-recall curve with all-point interpolation (at each recall the highest
/// precision at that or a higher recall). From 0 to 1.
/// </summary>
/// <remarks>
/// Everingham et al. 2010 (Pascal VOC) for the curve, Lin et al. 2014 (COCO) for the matching. Equal scores are one point of the curve, so
/// that their order does not matter. COCO itself samples the curve at 101 recalls. Immutable and thread-safe.
/// </remarks>
public sealed class AveragePrecision
{
    private readonly (double Score, bool IsTrue, int Cluster)[] _boxes;
    private readonly int[] _truths;

    /// <summary>Sorts the boxes.</summary>
    /// <param name="boxes">
    /// Every predicted box: its score (not NaN), whether it was matched (<see cref="Match"/>), and the cluster (the image) it is of.
    /// </param>
    /// <param name="truths">Annotated boxes of each cluster.</param>
    public AveragePrecision(IEnumerable<(double Score, bool IsTrue, int Cluster)> boxes, IReadOnlyList<int> truths)
    {
        _boxes = [.. boxes.OrderByDescending(box => box.Score)];
        _truths = [.. truths];
    }

    /// <summary>
    /// Matches predicted boxes of one phrase on one image with the annotated ones, the first predicted box first: each takes the free
    /// annotated box that it overlaps most, if the intersection over union reaches the threshold. An annotated box is taken once.
    /// </summary>
    /// <param name="predicted">The predicted boxes, highest score first.</param>
    /// <param name="annotated">The annotated boxes.</param>
    /// <param name="threshold">Least intersection over union, in (0,1].</param>
    /// <returns>For each predicted box whether it took one.</returns>
    public static bool[] Match(IReadOnlyList<PixelBox> predicted, IReadOnlyList<PixelBox> annotated, double threshold)
    {
        bool[] taken = new bool[annotated.Count];
        bool[] matched = new bool[predicted.Count];
        for (int p = 0; p < predicted.Count; p++)
        {
            int best = -1;
            double most = threshold;
            for (int a = 0; a < annotated.Count; a++)
            {
                double overlap = taken[a] ? -1 : predicted[p].IntersectionOverUnion(annotated[a]);
                if (overlap > most || (best < 0 && overlap == most))
                {
                    (best, most) = (a, overlap);
                }
            }

            if (best >= 0)
            {
                taken[best] = true;
                matched[p] = true;
            }
        }

        return matched;
    }

    /// <summary>The average precision of all clusters.</summary>
    /// <returns>NaN where nothing is annotated; 0 where nothing is predicted.</returns>
    public double All() => Of([.. Enumerable.Repeat(1, _truths.Length)]);

    /// <summary>The average precision where each cluster counts as often as it was drawn.</summary>
    /// <param name="counts">One number per cluster, at least 0.</param>
    /// <returns>NaN where nothing is annotated.</returns>
    public double Of(IReadOnlyList<int> counts)
    {
        double annotated = 0;
        for (int c = 0; c < _truths.Length; c++)
        {
            annotated += (double)counts[c] * _truths[c];
        }

        if (annotated == 0)
        {
            return double.NaN;
        }

        List<(double Recall, double Precision)> curve = [];
        (double right, double wrong) = (0, 0);
        for (int i = 0; i < _boxes.Length; i++)
        {
            (double score, bool isTrue, int cluster) = _boxes[i];
            (right, wrong) = isTrue ? (right + counts[cluster], wrong) : (right, wrong + counts[cluster]);
            if (i + 1 == _boxes.Length || _boxes[i + 1].Score != score)
            {
                curve.Add((right / annotated, right + wrong > 0 ? right / (right + wrong) : 0));
            }
        }

        double area = 0;
        double highest = 0;
        for (int i = curve.Count - 1; i >= 0; i--)
        {
            highest = Math.Max(highest, curve[i].Precision);
            area += (curve[i].Recall - (i > 0 ? curve[i - 1].Recall : 0)) * highest;
        }

        return area;
    }
}
