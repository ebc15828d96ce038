using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Workflows;
using CxrOnnx.Workflows.Journals;

namespace CxrOnnx.Evaluation.Evidence;

/// <summary>
/// Learns what joins attention and gain in prediction to an evidence map: a logistic regression of whether a cell of the latents lies in
/// the annotated boxes (docs/evidence.md).
/// </summary>
public sealed class EvidenceRun
{
    private readonly EvidenceRequest _request;
    private readonly IWorkflowObserver _observer;
    private readonly CancellationToken _cancellationToken;

    private EvidenceRun(EvidenceRequest request, IWorkflowObserver observer, CancellationToken cancellationToken)
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
        _observer = observer;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Learns and measures; a run that was stopped is gone on with.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="path">The file to write; what was found so far lies beside it until then (<c>.progress.jsonl</c>).</param>
    /// <param name="observer">For progress.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <returns>What was learned, as written.</returns>
    /// <exception cref="CxrOnnxException">Something of the request, the bundle, the annotations or an image is wrong.</exception>
    public static EvidenceFile Execute(
        EvidenceRequest request,
        string path,
        IWorkflowObserver observer,
        CancellationToken cancellationToken
    ) => new EvidenceRun(request, observer, cancellationToken).Execute(path);

    private EvidenceFile Execute(string path)
    {
        using Bundle bundle = Bundle.Open(_request.Bundle);
        ImageFolder images = new(_request.Images);
        using GroundingModel model = GroundingModel.Load(bundle, _request.Model);
        EvaluationDataset dataset = AnnotatedImages.Load(new DatasetSource(_request.Dataset, _request.Annotations), images, model.Atlas);
        Check(dataset, images);
        string weights =
            BundleLayout.WeightsOf(bundle.Manifest)?.Sha256 ?? throw new ArtifactException($"{_request.Bundle}: has no weight file");
        NoiseProbe probe =
            model.Calibration?.Probe
            ?? NoiseProbe.Spread(
                _request.NoisePairs,
                NoiseProbe.UsualRange,
                model.Configuration.Scheduler.NumTrainTimesteps,
                NoiseProbe.UsualSeed
            );
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

        using RunJournal journal = RunJournal.Open(Path.ChangeExtension(path, "progress.jsonl"), Binding(model, weights, settings));
        if (journal.Before > 0)
        {
            _observer.Note(
                string.Create(CultureInfo.InvariantCulture, $"{journal.Before} images of an earlier run are taken over (progress.jsonl)")
            );
        }

        IReadOnlyList<EvidenceCase> cases = Measure(model, dataset, images, settings, journal);
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
        EvidenceFile file = new(
            EvidenceFile.CurrentSchemaVersion,
            ToolVersion.Lab,
            weights,
            _request.Preset,
            recipe,
            EvidenceScore.Means(scores)
        );
        file.Write(path);
        journal.Finish();
        return file;
    }

    /// <summary>A damaged last image is not found after hours spent on the others.</summary>
    private void Check(EvaluationDataset dataset, ImageFolder images)
    {
        InputProblems problems = new();
        foreach (EvaluationCase item in dataset.Cases.DistinctBy(item => item.ImageId))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            problems.Try(() => images.Check(item));
        }

        problems.ThrowIfAny("nothing was computed");
    }

    /// <summary>Everything that decides what an image gives, but the image.</summary>
    private Dictionary<string, string> Binding(GroundingModel model, string weights, EvidenceRecipe settings) =>
        new()
        {
            ["program"] = ToolVersion.Lab,
            ["weights"] = weights,
            ["bundle"] = model.Manifest.Id,
            ["preset"] = _request.Preset,
            ["images at once"] = _request.ImagesAtOnce?.ToString(CultureInfo.InvariantCulture) ?? "as usual",
            ["provider"] = model.Provider.Name,
            ["math"] = model.Math.Name(),
            ["dataset"] = _request.Dataset,
            ["annotations"] = new DatasetSource(_request.Dataset, _request.Annotations).Fingerprint(),
            ["noise"] = string.Create(CultureInfo.InvariantCulture, $"steps {string.Join(", ", settings.Timesteps)}, seed {settings.Seed}"),
            ["smoothing"] = settings.Smoothing.ToString("R", CultureInfo.InvariantCulture),
        };

    private IReadOnlyList<EvidenceCase> Measure(
        GroundingModel model,
        EvaluationDataset dataset,
        ImageFolder images,
        EvidenceRecipe settings,
        RunJournal journal
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
        EvaluationCase[][] items = [.. dataset.Cases.GroupBy(item => item.ImageId).Select(group => group.ToArray())];
        IReadOnlyList<EvidenceRecord> records = _observer.WithProgress(
            "evidence",
            progress =>
                new JournaledWork(journal, _cancellationToken).Run(
                    items,
                    item => (item[0].ImageId, images.PathOf(item[0])),
                    item =>
                    {
                        using ImageTrajectory trajectory = ahead.Take(item[0]);
                        return Ask(item, trajectory, model, pipeline, probe, settings.Smoothing);
                    },
                    EvidenceRecordContext.Default.EvidenceRecord,
                    done => progress.Report((double)done / items.Length)
                )
        );
        int side = model.Configuration.Image.Size;
        return
        [
            .. items.SelectMany(
                (item, i) =>
                    item.Select(
                        (phrase, k) =>
                            new EvidenceCase(
                                phrase,
                                new ImageTransform(phrase.ImageSize, side),
                                records[i].Phrases[k].Score,
                                records[i].MapsOf(k)
                            )
                    )
            ),
        ];
    }

    /// <summary>What an image gives for its phrases.</summary>
    private EvidenceRecord Ask(
        EvaluationCase[] items,
        ImageTrajectory trajectory,
        GroundingModel model,
        GroundingPipeline pipeline,
        SupportProbe probe,
        double smoothing
    )
    {
        EncodedPhrase[] phrases = [.. items.Select(item => pipeline.Encode(item.LabelText))];
        float[] states = model.EncodeText([.. phrases.SelectMany(phrase => phrase.Ids)], phrases.Length, _cancellationToken);
        int length = states.Length / phrases.Length;
        PromptContext[] prompts =
        [
            .. phrases.Select((phrase, i) => new PromptContext(states.AsMemory(i * length, length), phrase.Positions)),
        ];
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
        return EvidenceRecord.Of([
            .. items.Select(
                (item, i) =>
                    new EvidenceCase(
                        item,
                        trajectory.Transform!,
                        EvidenceCase.Of(maps[i].Heatmap, item, trajectory.Transform!),
                        EvidenceMaps.Of(maps[i].Heatmap, gains[i], smoothing)
                    )
            ),
        ]);
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
