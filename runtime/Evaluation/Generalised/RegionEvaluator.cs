using CxrOnnx.Core.Metrics;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>Scores systems in the generalised task.</summary>
/// <remarks>
/// The task of Zhang et al. 2025 (arXiv:2512.01085): each sentence has no, one or several scored regions. The average precision pools the
/// regions of all phrases; those of unsupported and denied phrases are wrong. Intervals are 95 % percentile bootstrap intervals over
/// images, each with all its phrases.
/// </remarks>
public sealed class RegionEvaluator
{
    /// <summary>The share of the supported phrases kept at which the sweep's main figure is taken.</summary>
    public const double MainKeptShare = 0.9;

    private readonly IReadOnlyList<GeneralisedCase> _cases;
    private readonly Bootstrap _bootstrap;
    private readonly int[] _images;
    private readonly int _imageCount;

    /// <summary>Prepares.</summary>
    /// <param name="cases">The phrases.</param>
    /// <param name="bootstrap">Makes the intervals.</param>
    public RegionEvaluator(IReadOnlyList<GeneralisedCase> cases, Bootstrap bootstrap)
    {
        _cases = cases;
        _bootstrap = bootstrap;
        string[] ids = [.. cases.Select(item => item.Phrase.ImageId).Distinct()];
        Dictionary<string, int> indices = ids.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        _images = [.. cases.Select(item => indices[item.Phrase.ImageId])];
        _imageCount = ids.Length;
    }

    /// <summary>Least intersections over union at which a region is right.</summary>
    public static IReadOnlyList<double> Overlaps { get; } = [0.3, 0.5];

    /// <summary>The shares of the supported phrases kept that the sweep tries.</summary>
    public static IReadOnlyList<double> KeptShares { get; } = [0.99, 0.95, MainKeptShare, 0.85, 0.8, 0.7, 0.6, 0.5];

    /// <summary>Number of bootstrap resamples.</summary>
    public int Resamples => _bootstrap.Resamples;

    /// <summary>Seed of the bootstrap.</summary>
    public ulong Seed => _bootstrap.Seed;

    /// <summary>Scores answers.</summary>
    /// <param name="name">Name of the system.</param>
    /// <param name="description">What it is.</param>
    /// <param name="answers">One answer per phrase.</param>
    public RegionScores Score(string name, string description, IReadOnlyList<RegionAnswer> answers)
    {
        bool[] shown = [.. answers.Select(answer => answer.Regions.Count > 0)];
        bool hasUnsupported = _cases.Any(item => item.IsUnsupported);
        bool[] foreign = [.. _cases.Select(item => hasUnsupported ? item.IsUnsupported : item.Kind == PhraseKind.Denied)];
        int[] order = [.. Enumerable.Range(0, answers.Count).OrderByDescending(i => answers[i].Score)];
        SweepPoint? At(double share, int[] counts) => Sweep(answers, order, foreign, share, counts);
        int[] once = [.. Enumerable.Repeat(1, _imageCount)];
        return new RegionScores(name, description, answers)
        {
            AveragePrecision = [.. Overlaps.Select(overlap => Precision(answers, overlap))],
            Kept = Share(item => item.IsSupported, i => shown[i]),
            NoRegion = Share(item => item.IsUnsupported, i => !shown[i]),
            Kinds = Enum.GetValues<PhraseKind>()
                .Where(kind => kind != PhraseKind.Supported)
                .Select(kind => (Kind: kind, Share: Share(item => item.Kind == kind, i => !shown[i])))
                .Where(pair => pair.Share is not null)
                .ToDictionary(pair => pair.Kind, pair => pair.Share!.Value),
            SweepOver = hasUnsupported ? "unsupported" : "denied",
            Sweep = [.. KeptShares.Select(share => At(share, once)).OfType<SweepPoint>()],
            NoRegionAtMainShare = _bootstrap.OfClusters(_imageCount, counts => At(MainKeptShare, counts)?.NoRegion ?? double.NaN),
        };
    }

    /// <summary>
    /// The highest threshold that keeps a share of the supported phrases; equal scores are kept or lost together. Null where a kind of
    /// phrase is missing, or too few supported ones have a region at all.
    /// </summary>
    private SweepPoint? Sweep(IReadOnlyList<RegionAnswer> answers, int[] order, bool[] foreign, double share, int[] counts)
    {
        (double supported, double others) = (0, 0);
        for (int i = 0; i < _cases.Count; i++)
        {
            int weight = counts[_images[i]];
            supported += _cases[i].IsSupported ? weight : 0;
            others += foreign[i] ? weight : 0;
        }

        if (supported == 0 || others == 0)
        {
            return null;
        }

        (double kept, double alarms) = (0, 0);
        for (int k = 0; k < order.Length; k++)
        {
            int i = order[k];
            double score = answers[i].Score;
            if (double.IsNegativeInfinity(score))
            {
                return null;
            }

            int weight = counts[_images[i]];
            kept += _cases[i].IsSupported ? weight : 0;
            alarms += foreign[i] ? weight : 0;
            bool isLastOfItsScore = k + 1 == order.Length || answers[order[k + 1]].Score != score;

            // A share such as 0.9 of 10 is a little more than 9 in binary.
            if (isLastOfItsScore && kept >= (share * supported) - 1e-9)
            {
                return new SweepPoint(share, score, kept / supported, 1 - (alarms / others));
            }
        }

        return null;
    }

    private ConfidenceInterval? Precision(IReadOnlyList<RegionAnswer> answers, double overlap)
    {
        List<(double, bool, int)> boxes = [];
        int[] truths = new int[_imageCount];
        for (int i = 0; i < _cases.Count; i++)
        {
            truths[_images[i]] += _cases[i].Phrase.Boxes.Count;
            IReadOnlyList<ScoredRegion> regions = answers[i].Regions;
            bool[] matched = AveragePrecision.Match([.. regions.Select(region => region.Box)], _cases[i].Phrase.Boxes, overlap);
            boxes.AddRange(regions.Select((region, r) => (region.Score, matched[r], _images[i])));
        }

        AveragePrecision precision = new(boxes, truths);
        return _bootstrap.OfClusters(_imageCount, precision.Of);
    }

    private ConfidenceInterval? Share(Func<GeneralisedCase, bool> isOf, Func<int, bool> holds)
    {
        int[] all = new int[_imageCount];
        int[] those = new int[_imageCount];
        for (int i = 0; i < _cases.Count; i++)
        {
            if (isOf(_cases[i]))
            {
                all[_images[i]]++;
                those[_images[i]] += holds(i) ? 1 : 0;
            }
        }

        return _bootstrap.OfClusters(
            _imageCount,
            counts =>
            {
                (double total, double held) = (0, 0);
                for (int c = 0; c < counts.Length; c++)
                {
                    total += counts[c] * all[c];
                    held += counts[c] * those[c];
                }

                return total > 0 ? held / total : double.NaN;
            }
        );
    }
}
