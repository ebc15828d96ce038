using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Evaluation.Evidence;

/// <summary>
/// Learns what joins attention and gain in prediction to an evidence map: a logistic regression of whether a cell of the latents lies in
/// the annotated boxes (docs/evidence.md).
/// </summary>
public sealed class EvidenceRun
{
    // The confidence's own range and seed (cxr-lab calibrate), for bundles that have no confidence.
    private const double FirstShare = 0.2;
    private const double EndShare = 0.56;
    private const long Seed = 1;

    private readonly EvidenceRequest _request;
    private readonly CancellationToken _cancellationToken;

    private EvidenceRun(EvidenceRequest request, CancellationToken cancellationToken)
    {
        if (request.Folds < 2)
        {
            throw new InputException($"`folds` {request.Folds}: at least 2 are needed");
        }

        if (request.NoisePairs is < 1 or > NoiseProbe.MostTimesteps)
        {
            throw new InputException($"`noise-pairs` {request.NoisePairs}: must lie between 1 and {NoiseProbe.MostTimesteps}");
        }

        GroundingPipeline.CheckImagesAtOnce(request.ImagesAtOnce, request.Model.Deterministic);
        _request = request;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Learns and measures; no file is changed.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Gets the finished share, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">Something of the request, the bundle, the annotations or an image is wrong.</exception>
    public static EvidenceFile Execute(EvidenceRequest request, IProgress<double>? progress, CancellationToken cancellationToken) =>
        new EvidenceRun(request, cancellationToken).Execute(progress);

    private EvidenceFile Execute(IProgress<double>? progress)
    {
        using Bundle bundle = Bundle.Open(_request.Bundle);
        ImageFolder images = new(_request.Images);
        using GroundingModel model = GroundingModel.Load(bundle, _request.Model);
        EvaluationDataset dataset = AnnotatedImages.Load(new DatasetSource(_request.Dataset, _request.Annotations), images, model.Atlas);
        foreach (EvaluationCase item in dataset.Cases)
        {
            _ = images.PathOf(item);
        }

        int steps = model.Configuration.Scheduler.NumTrainTimesteps;
        NoiseProbe probe =
            model.Calibration?.Probe ?? NoiseProbe.Spread(_request.NoisePairs, (int)(FirstShare * steps), (int)(EndShare * steps), Seed);
        EvidenceRecipe settings = new(
            probe.Timesteps,
            probe.Seed,
            _request.Smoothing,
            new EvidenceWeights(0, 0, 0, 0),
            _request.Exponent,
            ""
        );
        if (settings.Problems().FirstOrDefault() is { } problem)
        {
            throw new InputException(problem);
        }

        List<EvidenceCase> cases = Measure(model, dataset, images, settings, progress);
        string[] ids = [.. cases.Select(item => item.Case.ImageId).Distinct()];
        if (ids.Length < _request.Folds)
        {
            throw new InputException($"{_request.Annotations}: {ids.Length} images with phrases are not enough for {_request.Folds} folds");
        }

        Dictionary<string, int> folds = ids.Index().ToDictionary(entry => entry.Item, entry => entry.Index % _request.Folds);
        List<EvidenceScore> scores = [];
        for (int fold = 0; fold < _request.Folds; fold++)
        {
            EvidenceRecipe learned = settings with { Weights = Fit(cases.Where(item => folds[item.Case.ImageId] != fold)) };
            scores.AddRange(cases.Where(item => folds[item.Case.ImageId] == fold).Select(item => item.Score(learned)));
            _cancellationToken.ThrowIfCancellationRequested();
        }

        EvidenceRecipe recipe = settings with
        {
            Weights = Fit(cases).Rounded(),
            LearnedFrom = $"{ids.Length} images, {cases.Count} phrases of {_request.Dataset}, preset {_request.Preset}, boxes as the truth",
        };
        return new EvidenceFile(
            EvidenceFile.CurrentSchemaVersion,
            ToolVersion.Lab,
            BundleLayout.WeightsOf(bundle.Manifest)?.Sha256 ?? throw new ArtifactException($"{_request.Bundle}: has no weight file"),
            _request.Preset,
            recipe,
            EvidenceScore.Means(scores)
        );
    }

    private List<EvidenceCase> Measure(
        GroundingModel model,
        EvaluationDataset dataset,
        ImageFolder images,
        EvidenceRecipe settings,
        IProgress<double>? progress
    )
    {
        GroundingPipeline pipeline = new(model, new GroundingOptions { Preset = _request.Preset, Confidence = false });
        if (pipeline.Plan.Evidence is not null)
        {
            throw new InputException(
                $"preset '{_request.Preset}': makes evidence maps already; name the preset of its attention, as 'fast'"
            );
        }

        int batch = SupportProbe.BatchOn(model, cpu: 4, new GroundingOptions().MemoryBudgetMebibytes);
        SupportProbe probe = new(model, new NoiseProbe(settings.Timesteps, settings.Seed), batch);
        using ImagesAhead ahead = new(pipeline, images, dataset.Cases, pipeline.ImagesAtOnce(_request.ImagesAtOnce), _cancellationToken);
        List<EvidenceCase> cases = [];
        int done = 0;
        foreach (IGrouping<string, EvaluationCase> image in dataset.Cases.GroupBy(item => item.ImageId))
        {
            EvaluationCase[] items = [.. image];
            EncodedPhrase[] phrases = [.. items.Select(item => pipeline.Encode(item.LabelText))];
            float[] states = model.EncodeText([.. phrases.SelectMany(phrase => phrase.Ids)], phrases.Length, _cancellationToken);
            int length = states.Length / phrases.Length;
            PromptContext[] prompts =
            [
                .. phrases.Select((phrase, i) => new PromptContext(states.AsMemory(i * length, length), phrase.Positions)),
            ];
            using ImageTrajectory trajectory = ahead.Take(items[0]);
            IReadOnlyList<PromptMap> maps = pipeline.Ground(trajectory, prompts, null, _cancellationToken);
            ProbedImage probed = probe.Prepare(
                trajectory.CleanLatents.Span,
                trajectory.LatentChannels,
                trajectory.LatentGrid,
                _cancellationToken
            );
            IReadOnlyList<PredictionGain> gains = probe.Measure(
                probed,
                [.. prompts.Select(prompt => prompt.HiddenStates)],
                null,
                _cancellationToken
            );
            cases.AddRange(
                items.Select(
                    (item, i) =>
                        new EvidenceCase(
                            item,
                            trajectory.Transform!,
                            maps[i].Heatmap,
                            EvidenceMaps.Of(maps[i].Heatmap, gains[i], settings.Smoothing)
                        )
                )
            );
            done += items.Length;
            progress?.Report((double)done / dataset.Cases.Count);
        }

        return cases;
    }

    private EvidenceWeights Fit(IEnumerable<EvidenceCase> cases)
    {
        List<IReadOnlyList<double>> rows = [];
        List<bool> inside = [];
        foreach (EvidenceCase item in cases)
        {
            item.AddCells(rows, inside);
        }

        if (inside.All(value => value) || !inside.Contains(true))
        {
            throw new InputException($"{_request.Annotations}: no box reaches the part of the images that the model sees");
        }

        LogisticRegression fit = LogisticRegression.Fit(rows, inside, _request.Ridge * rows.Count, balanced: false);
        return new EvidenceWeights(fit.Intercept, fit.Weights[0], fit.Weights[1], fit.Weights[2]);
    }
}
