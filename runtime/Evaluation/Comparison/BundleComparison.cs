using System.Diagnostics;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;

namespace CxrOnnx.Evaluation.Comparison;

/// <summary>
/// Carries out <c>cxr compare</c>: image after image, both bundles on each, the one first on even images and the other on odd ones, so that
/// a machine that slows down slows both.
/// </summary>
public static class BundleComparison
{
    /// <summary>Compares.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Gets the finished share, 0 to 1; or null.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">A bundle, an image, a phrase or the annotations cannot be used.</exception>
    public static ComparisonResult Run(ComparisonRequest request, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<ComparisonCase> cases = ComparisonCases.Load(request);
        using Side first = new(request.First, request);
        using Side second = new(request.Second, request);
        foreach (ComparisonCase item in cases)
        {
            first.Check(item);
            second.Check(item);
        }

        IGrouping<string, ComparisonCase>[] images = [.. cases.GroupBy(item => item.ImageId)];
        List<ComparedPhrase> phrases = [];
        for (int i = 0; i < images.Length; i++)
        {
            ComparisonCase[] asked = [.. images[i]];
            GrayImage image = Read(asked[0]);
            Side[] order = i % 2 == 0 ? [first, second] : [second, first];
            foreach (Side side in order)
            {
                side.Ground(image, asked, cancellationToken);
            }

            phrases.AddRange(asked.Select((item, at) => Compare(item, first, second, at)));
            progress?.Report((i + 1.0) / images.Length);
        }

        bool warm = images.Length > 1;
        return new ComparisonResult(
            first.Describe(warm),
            second.Describe(warm),
            request.Preset,
            first.Provider,
            images.Length,
            warm,
            phrases
        );
    }

    private static GrayImage Read(ComparisonCase item)
    {
        GrayImage image = RadiographReader.Read(item.Path).Image;
        return item.Annotation is null || image.Size == item.Annotation.ImageSize
            ? image
            : throw new InputException(
                $"{item.Path}: {image.Size} pixels, the annotations are for {item.Annotation.ImageSize}; take the images "
                    + "the boxes were drawn on"
            );
    }

    private static ComparedPhrase Compare(ComparisonCase item, Side first, Side second, int at)
    {
        PhraseGrounding one = first.Answers[at];
        PhraseGrounding two = second.Answers[at];
        (float[] left, float[] right) = Seen(one.Heatmap.Values, two.Heatmap.Values);
        double correlation = HeatmapSimilarity.Correlation(left, right);
        return new ComparedPhrase(
            item.ImageId,
            one.Phrase.Phrase,
            two.Phrase.Phrase,
            double.IsNaN(correlation) ? null : correlation,
            HeatmapSimilarity.MaxAbs(left, right),
            BoxIoU(one.Box, two.Box),
            Score(item.Annotation, one.Heatmap),
            Score(item.Annotation, two.Heatmap)
        );
    }

    /// <summary>The pixels that both looked at.</summary>
    private static (float[] Left, float[] Right) Seen(float[] left, float[] right)
    {
        int[] both = [.. Enumerable.Range(0, left.Length).Where(i => !float.IsNaN(left[i]) && !float.IsNaN(right[i]))];
        return ([.. both.Select(i => left[i])], [.. both.Select(i => right[i])]);
    }

    private static double? BoxIoU(PixelBox? one, PixelBox? two) =>
        (one, two) switch
        {
            (null, null) => null,
            ({ } first, { } second) => first.IntersectionOverUnion(second),
            _ => 0,
        };

    private static ComparedScores? Score(EvaluationCase? annotation, Heatmap heatmap) =>
        annotation is null
            ? null
            : new ComparedScores(
                ContrastToNoiseRatio.Compute(heatmap, annotation.Boxes),
                MeanIoU.Compute(heatmap, annotation.Boxes),
                AucRoc.Compute(heatmap, annotation.Boxes)
            );

    /// <summary>One of the two bundles, loaded.</summary>
    private sealed class Side : IDisposable
    {
        private readonly string _path;
        private readonly Bundle _bundle;
        private readonly GroundingModel _model;
        private readonly GroundingPipeline _grounder;
        private readonly CasePrompts _prompts;
        private readonly List<double> _seconds = [];

        public Side(string path, ComparisonRequest request)
        {
            _path = path;
            _bundle = Bundle.Open(path);
            try
            {
                _model = GroundingModel.Load(_bundle, request.Model);
                _grounder = new GroundingPipeline(
                    _model,
                    new GroundingOptions
                    {
                        Preset = request.Preset,
                        BoxThreshold = request.Threshold,
                        Confidence = false,
                    }
                );
                _prompts = new CasePrompts(PromptForm.Auto, _bundle.Manifest.Vocabulary, null);
            }
            catch
            {
                _model?.Dispose();
                _bundle.Dispose();
                throw;
            }
        }

        public string Provider => _model.Provider.Name;

        /// <summary>One per phrase of the image that was grounded last.</summary>
        public IReadOnlyList<PhraseGrounding> Answers { get; private set; } = [];

        public void Check(ComparisonCase item) => _ = _grounder.Encode(Words(item));

        public void Ground(GrayImage image, ComparisonCase[] asked, CancellationToken cancellationToken)
        {
            string[] words = [.. asked.Select(Words)];
            string[] distinct = [.. words.Distinct()];
            Stopwatch watch = Stopwatch.StartNew();
            using ImageTrajectory trajectory = _grounder.Invert(image, null, cancellationToken);
            IReadOnlyList<PhraseGrounding> found = _grounder.Ground(trajectory, distinct, null, cancellationToken);
            _seconds.Add(watch.Elapsed.TotalSeconds);
            Answers = [.. words.Select(word => found[Array.IndexOf(distinct, word)])];
        }

        public ComparedBundle Describe(bool leaveFirstOut) =>
            new(
                _path,
                _bundle.Manifest.Id,
                _bundle.Manifest.Model.Name,
                _bundle.Manifest.Precision,
                [.. _seconds.Skip(leaveFirstOut ? 1 : 0)]
            );

        public void Dispose()
        {
            _model.Dispose();
            _bundle.Dispose();
        }

        private string Words(ComparisonCase item) => item.Annotation is null ? item.Phrase : _prompts.Of(item.Annotation);
    }
}
