using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Lab.Confidence;

/// <summary>Measures how well probabilities separate supported from unsupported phrases.</summary>
internal static class CalibrationFigures
{
    private const int Bins = 10;

    /// <summary>The figures of a set of cases.</summary>
    /// <param name="name">Name of the set.</param>
    /// <param name="cases">At least one supported and one unsupported.</param>
    /// <param name="probabilities">One per case.</param>
    /// <param name="thresholds">What makes states of them.</param>
    /// <param name="images">Which images the calibration holds for.</param>
    /// <param name="mirrored">What mirrored images showed, or null.</param>
    /// <param name="bootstrap">For the intervals.</param>
    public static ConfidenceFigures Of(
        string name,
        IReadOnlyList<CalibrationCase> cases,
        IReadOnlyList<double> probabilities,
        ConfidenceThresholds thresholds,
        ImageErrorRange images,
        MirrorFigures? mirrored,
        Bootstrap bootstrap
    )
    {
        double[] Scores(Func<CalibrationCase, bool> wanted) =>
            [.. cases.Zip(probabilities).Where(pair => wanted(pair.First)).Select(pair => pair.Second)];
        double[] supported = Scores(item => item.IsSupported);
        double[] unsupported = Scores(item => !item.IsSupported);
        AurocFigure Auroc(double[] negatives)
        {
            ConfidenceInterval area = bootstrap.RocArea(supported, negatives);
            return new AurocFigure(Rounded(area.Mean), [Rounded(area.Low), Rounded(area.High)]);
        }

        static double Share(double[] scores, Func<double, bool> holds) => Rounded((double)scores.Count(holds) / scores.Length);
        return new ConfidenceFigures(
            name,
            cases.Select(item => item.ImageId).Distinct().Count(),
            supported.Length,
            unsupported.Length,
            Auroc(unsupported),
            Rounded((supported.Average(p => (1 - p) * (1 - p)) + unsupported.Average(p => p * p)) / 2),
            [
                .. ((PhraseTruth[])[PhraseTruth.OtherSide, PhraseTruth.OtherPlace, PhraseTruth.OtherPathology, PhraseTruth.Absent])
                    .Select(kind => (Kind: kind, Scores: Scores(item => item.Truth == kind)))
                    .Where(kind => kind.Scores.Length > 0)
                    .Select(kind => new KindFigure(NameOf(kind.Kind), kind.Scores.Length, Auroc(kind.Scores))),
            ],
            SamePhrase(cases, probabilities),
            new StateFigures(
                Share(supported, p => p >= thresholds.Supported),
                Share(supported, p => p < thresholds.NoRegion),
                Share(unsupported, p => p >= thresholds.Supported),
                Share(unsupported, p => p < thresholds.NoRegion)
            ),
            Rounded(
                (double)cases.DistinctBy(item => item.ImageId).Count(item => images.IsBeyond(item.ImageError))
                    / cases.Select(item => item.ImageId).Distinct().Count()
            ),
            mirrored,
            [.. Reliability(supported, unsupported)]
        );
    }

    /// <summary>The name of a kind of phrase in files.</summary>
    public static string NameOf(PhraseTruth truth) =>
        truth switch
        {
            PhraseTruth.Supported => "supported",
            PhraseTruth.OtherSide => "other_side",
            PhraseTruth.OtherPlace => "other_place",
            PhraseTruth.OtherPathology => "other_pathology",
            PhraseTruth.Absent => "absent",
            _ => "unclear",
        };

    private static SamePhraseFigure SamePhrase(IReadOnlyList<CalibrationCase> cases, IReadOnlyList<double> probabilities)
    {
        (int pairs, double right) = (0, 0);
        foreach (
            IGrouping<string, (CalibrationCase Case, double Probability)> phrase in cases
                .Zip(probabilities)
                .GroupBy(pair => pair.First.Prompt.Text)
        )
        {
            double[] wrong = [.. phrase.Where(item => !item.Case.IsSupported).Select(item => item.Probability)];
            foreach ((_, double probability) in phrase.Where(item => item.Case.IsSupported))
            {
                pairs += wrong.Length;
                right += wrong.Count(other => other < probability) + (0.5 * wrong.Count(other => other == probability));
            }
        }

        return new SamePhraseFigure(pairs, pairs > 0 ? Rounded(right / pairs) : null);
    }

    private static IEnumerable<ReliabilityBin> Reliability(double[] supported, double[] unsupported)
    {
        static int BinOf(double p) => Math.Min((int)(p * Bins), Bins - 1);
        for (int bin = 0; bin < Bins; bin++)
        {
            double[] right = [.. supported.Where(p => BinOf(p) == bin)];
            double[] wrong = [.. unsupported.Where(p => BinOf(p) == bin)];
            if (right.Length + wrong.Length == 0)
            {
                continue;
            }

            double rightWeight = (double)right.Length / supported.Length;
            double wrongWeight = (double)wrong.Length / unsupported.Length;
            double mean = ((right.Sum() / supported.Length) + (wrong.Sum() / unsupported.Length)) / (rightWeight + wrongWeight);
            yield return new ReliabilityBin(
                (double)bin / Bins,
                (bin + 1.0) / Bins,
                right.Length + wrong.Length,
                Rounded(mean),
                Rounded(rightWeight / (rightWeight + wrongWeight))
            );
        }
    }

    private static double Rounded(double value) => Math.Round(value, 4);
}
