using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Journals;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>Grounded classification: the diffusion classifier with its error weighted by the heatmap.</summary>
/// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), appendix K.</remarks>
public sealed class ClassifyRun
{
    private const string Own = "own";
    private const string ByPositive = "positive";
    private const string Unweighted = "none";

    private readonly ClassifyRequest _request;
    private readonly ImageFolder _images;
    private readonly CancellationToken _cancellationToken;
    private Action? _finish;
    private readonly string[] _weightings;

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="InputException">A number is out of range, or there is no folder of images.</exception>
    public ClassifyRun(ClassifyRequest request, CancellationToken cancellationToken)
    {
        request.Check();
        _request = request;
        _images = new ImageFolder(request.Images, request.Frame);
        _cancellationToken = cancellationToken;

        // The empty prompt has no token of its own, hence no heatmap.
        _weightings = request.Negative.Length == 0 ? [ByPositive, Unweighted] : [Own, ByPositive, Unweighted];
    }

    /// <summary>Classifies every image.</summary>
    /// <param name="observer">For progress.</param>
    /// <exception cref="CxrOnnxException">The data set, the bundle or a phrase cannot be used.</exception>
    public ClassificationResult Execute(IWorkflowObserver observer)
    {
        EvaluationDataset dataset = AnnotatedImages.Load(_request.Source, _images, LocationAtlas.Default);
        (EvaluationCase[] positives, string[] negatives, IReadOnlyList<string> notes) = Classes(dataset);
        using ClassificationModel model = new(_request);
        ClassifierPrompt.Check("`positive`", _request.Positive, model.Pipeline, model.Manifest.Vocabulary);
        ClassifierPrompt.Check("`negative`", _request.Negative, model.Pipeline, model.Manifest.Vocabulary);
        IReadOnlyList<float[]> contexts = ClassifierPrompt.Encode(
            model.Model,
            model.Pipeline,
            [_request.Positive, _request.Negative],
            _cancellationToken
        );
        InputProblems problems = new();
        foreach (EvaluationCase positive in positives)
        {
            problems.Try(() => _images.Check(positive));
        }

        foreach (string negative in negatives)
        {
            problems.Try(() => _images.Check(negative));
        }

        problems.ThrowIfAny("nothing was computed");
        using RunJournal journal = model.OpenJournal(
            _request,
            "classification",
            new Dictionary<string, string>
            {
                ["positive"] = _request.Positive,
                ["negative"] = _request.Negative,
                ["annotations"] = _request.Source.Fingerprint(),
            }
        );
        (string Id, EvaluationCase? Annotated)[] all =
        [
            .. positives.Select(item => (item.ImageId, (EvaluationCase?)item)),
            .. negatives.Select(id => (id, (EvaluationCase?)null)),
        ];
        ClassifiedImage[] classified =
        [
            .. observer.WithProgress(
                "classifying",
                progress =>
                    new JournaledWork(journal, _cancellationToken).Run(
                        all,
                        item => (item.Id, item.Annotated is { } annotated ? _images.PathOf(annotated) : _images.PathOf(item.Id)),
                        item =>
                            Classify(
                                model,
                                contexts,
                                item.Id,
                                item.Annotated is { } annotated ? _images.Read(annotated) : _images.Read(item.Id),
                                item.Annotated
                            ),
                        ClassificationContext.Default.ClassifiedImage,
                        done => progress.Report((double)done / all.Length)
                    )
            ),
        ];
        ClassificationResult result = Summarize(model, classified, [.. dataset.Notes, .. notes, .. _images.Remarks()]);
        _finish = journal.Finish;
        return result;
    }

    /// <summary>Forgets what was kept for a run that is gone on with; to be called when the result is written.</summary>
    public void Finish() => _finish?.Invoke();

    private ClassifiedImage Classify(
        ClassificationModel model,
        IReadOnlyList<float[]> contexts,
        string imageId,
        Radiograph radiograph,
        EvaluationCase? annotated
    )
    {
        ImageTransform transform = model.TransformOf(radiograph.Image);
        GraphTensor latents = model.Encode(radiograph.Image, transform, _cancellationToken);
        GridSize grid = new((int)latents.Shape[2], (int)latents.Shape[3]);
        IReadOnlyList<float[]> errors = model.Errors.Maps(latents, contexts, imageId, _cancellationToken);
        string[] grounded = _request.Negative.Length == 0 ? [_request.Positive] : [_request.Positive, _request.Negative];
        using ImageTrajectory trajectory = model.Pipeline.Invert(radiograph.Image, null, _cancellationToken);
        IReadOnlyList<PhraseGrounding> heatmaps = model.Pipeline.Ground(trajectory, grounded, null, _cancellationToken);
        float[][] weights = [.. heatmaps.Select(heatmap => CellWeights.Of(heatmap.ModelHeatmap, grid))];

        // A heatmap that is zero everywhere weights nothing: all cells count alike then.
        double Error(int phrase, float[]? weighting) =>
            CellWeights.Mean(errors[phrase], weighting) ?? CellWeights.Mean(errors[phrase], null)!.Value;
        Dictionary<string, double> scores = [];
        foreach (string weighting in _weightings)
        {
            scores[weighting] = weighting switch
            {
                Own => Error(1, weights[1]) - Error(0, weights[0]),
                ByPositive => Error(1, weights[0]) - Error(0, weights[0]),
                _ => Error(1, null) - Error(0, null),
            };
        }

        double? overlap = annotated is null ? null : MeanIoU.Compute(heatmaps[0].Heatmap, annotated.Boxes);
        return new ClassifiedImage(imageId, annotated is null ? 0 : 1, overlap, scores);
    }

    private ClassificationResult Summarize(ClassificationModel model, ClassifiedImage[] images, IReadOnlyList<string> remarks)
    {
        ClassifiedImage[] positives = [.. images.Where(image => image.Label == 1)];
        ClassifiedImage[] negatives = [.. images.Where(image => image.Label == 0)];
        double[] overlaps = [.. positives.Select(image => image.Miou!.Value).Order()];
        double split = _request.Split ?? ((overlaps[(overlaps.Length - 1) / 2] + overlaps[overlaps.Length / 2]) / 2);
        Bootstrap bootstrap = new(_request.Resamples, model.Settings.Seed);
        Interval Area(IEnumerable<ClassifiedImage> chosen, string weighting) =>
            Interval.Of(
                bootstrap.RocArea(
                    [.. chosen.Select(image => image.Scores[weighting])],
                    [.. negatives.Select(image => image.Scores[weighting])]
                )
            );
        BinResult? Bin(ClassifiedImage[] chosen, string weighting) =>
            chosen.Length == 0 ? null : new BinResult(chosen.Length, Area(chosen, weighting));
        ClassifiedImage[] low = [.. positives.Where(image => image.Miou < split)];
        ClassifiedImage[] high = [.. positives.Where(image => image.Miou >= split)];
        List<string> notes =
        [
            .. remarks,
            "Scores are the negative phrase's error minus the positive phrase's; 0.5 is chance. Each bin of positives is compared with "
                + "all negatives.",
        ];
        if (_request.Negative.Length == 0)
        {
            notes.Add(
                "The negative class is the empty prompt, which has no heatmap: the weighting by each phrase's own heatmap (appendix K) "
                    + "does not exist, and both errors are weighted by the positive phrase's."
            );
        }

        return new ClassificationResult
        {
            Bundle = model.Manifest.Id,
            Positive = _request.Positive,
            Negative = _request.Negative,
            Samples = model.Settings.Samples,
            TimeRange = [model.Settings.TimeRange.First, model.Settings.TimeRange.End],
            Seed = model.Settings.Seed,
            Positives = positives.Length,
            Negatives = negatives.Length,
            MiouSplit = split,
            Results =
            [
                .. _weightings.Select(weighting => new WeightedResult(
                    weighting,
                    Area(positives, weighting),
                    Bin(low, weighting),
                    Bin(high, weighting)
                )),
            ],
            Notes = notes,
            Cases = images,
        };
    }

    /// <summary>The positives (an image each, with all its boxes of the class) and the negatives.</summary>
    private (EvaluationCase[] Positives, string[] Negatives, IReadOnlyList<string> Notes) Classes(EvaluationDataset dataset)
    {
        string category = _request.Category ?? _request.Positive;
        EvaluationCase[] positives =
        [
            .. dataset
                .Cases.Where(item => string.Equals(item.CategoryName, category, StringComparison.OrdinalIgnoreCase))
                .GroupBy(item => item.ImageId)
                .Select(group => group.First() with { Boxes = [.. group.SelectMany(item => item.Boxes)] }),
        ];
        if (positives.Length == 0)
        {
            throw new InputException(
                $"{_request.Source.Annotations}: no boxes of class '{category}'; it has "
                    + $"{string.Join(", ", dataset.Cases.Select(item => item.CategoryName).Distinct())}: name one with `category`"
            );
        }

        HashSet<string> ids = [.. positives.Select(item => item.ImageId)];
        (IReadOnlyList<string> more, IReadOnlyList<string> notes) = _request.Negatives is { } file
            ? NegativeImages.Load(file, category, _images, _request.Metadata)
            : ([], []);
        string[] negatives = [.. dataset.ImageIds.Concat(more).Distinct().Where(id => !ids.Contains(id))];
        return negatives.Length > 0
            ? (Limited(positives), Limited(negatives), notes)
            : throw new InputException(
                $"every annotated image has a box of class '{category}': give images without one with `negatives` FILE.csv "
                    + $"(image_id, or CheXpert labels by study)"
            );
    }

    private T[] Limited<T>(T[] items) => _request.Limit > 0 ? [.. items.Take(_request.Limit)] : items;
}
