using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Progress;
using CxrOnnx.Evaluation.Report;
using CxrOnnx.Evaluation.Scores;
using CxrOnnx.Workflows;

namespace CxrOnnx.Evaluation;

/// <summary>
/// Carries out <c>cxr evaluate</c>: everything that can be wrong is found first, then system after system is scored, then the files are
/// written.
/// </summary>
public sealed class EvaluateRun
{
    private readonly EvaluateRequest _request;
    private readonly IWorkflowObserver _observer;
    private readonly CancellationToken _cancellationToken;
    private readonly LocationAtlas _atlas;
    private readonly ImageFolder? _images;
    private readonly Evaluator _evaluator;
    private readonly IReadOnlyList<QuotedScore> _quoted;
    private readonly IReadOnlyList<EvaluationCase> _tokenCases;

    /// <summary>Reads the data set.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="observer">For progress.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph; no file is written then.</param>
    /// <exception cref="CxrOnnxException">Something of it is wrong.</exception>
    public EvaluateRun(EvaluateRequest request, IWorkflowObserver observer, CancellationToken cancellationToken)
    {
        request.Check();
        _request = request;
        _observer = observer;
        _cancellationToken = cancellationToken;
        _quoted = [.. request.Quoted.Distinct().SelectMany(name => PublishedScores.Of(name, request.Source.Name))];
        _atlas = request.Atlas is null ? LocationAtlas.Default : LocationAtlas.Load(request.Atlas);
        _images = request.Images is null ? null : new ImageFolder(request.Images, request.Frame);
        Dataset = AnnotatedImages.Load(request.Source, _images, _atlas);
        _evaluator = new Evaluator(new Bootstrap(request.Resamples, request.Seed), Environment.ProcessorCount);
        _tokenCases = [.. ClassByClass(Dataset.Cases).Take(request.PerToken)];
    }

    /// <summary>The data set.</summary>
    public EvaluationDataset Dataset { get; }

    /// <summary>Scores every system and writes <c>evaluation.json</c>, <c>.md</c> and <c>.html</c>.</summary>
    /// <returns>What was written.</returns>
    /// <exception cref="CxrOnnxException">A system cannot be used or lacks answers.</exception>
    public EvaluationReport Execute()
    {
        IReadOnlyList<NamedSystem<IEvaluatedSystem>> systems = Systems();
        List<(string, string)> bundles = CheckAll(systems);
        using EvaluationProgress? done =
            bundles.Count == 0 ? null : EvaluationProgress.Open(_request.Folder, Dataset, _images!, _tokenCases.Count, bundles);
        if (done is { Before: > 0 })
        {
            _observer.Note($"{done.Before} answers of an earlier run are taken over ({EvaluationProgress.FileName})");
        }

        List<SystemPredictions> answers = [];
        foreach ((_, Func<IEvaluatedSystem> open) in systems)
        {
            answers.Add(Evaluate(open, done));
        }

        EvaluationDataset noted = Dataset with { Notes = [.. Dataset.Notes, .. _images?.Remarks() ?? []] };
        EvaluationReport report = EvaluationReport.Of(noted, [.. answers.Select(system => system.Scores)], _evaluator) with
        {
            Quoted = _quoted,
        };
        List<PictureSection> sections = [];
        if (_images is not null)
        {
            ReportPictures pictures = new(_images, Dataset.Cases, answers);
            if (_request.Examples > 0)
            {
                sections.Add(pictures.Examples(_request.Examples));
            }

            if (_tokenCases.Count > 0)
            {
                sections.Add(pictures.Tokens(_tokenCases));
            }
        }

        // Everything is in memory before the first file is replaced: an interruption leaves the earlier results whole.
        (string, string)[] files =
        [
            ("evaluation.json", EvaluationJson.Write(report)),
            ("evaluation.md", EvaluationMarkdown.Write(report)),
            ("evaluation.html", EvaluationHtml.Write(report, sections)),
        ];
        _cancellationToken.ThrowIfCancellationRequested();
        foreach ((string file, string text) in files)
        {
            AtomicFile.WriteText(Path.Combine(_request.Folder, file), text);
        }

        done?.Finish();
        return report;
    }

    private SystemPredictions Evaluate(Func<IEvaluatedSystem> open, EvaluationProgress? done)
    {
        IEvaluatedSystem system = open();
        try
        {
            PredictionSketch[] sketches = new PredictionSketch[Dataset.Cases.Count];
            (BundleSystem? kept, EvaluationProgress? journal) = system is BundleSystem of ? (of, done) : (null, null);

            // Words are read for all cases here, so that what is said of them does not depend on which were answered before.
            _ = kept?.Binding(Dataset.Cases);
            CaseScore? Known(int i)
            {
                if (journal?.Find(kept!, i, out PredictionSketch? sketch) is not { } score)
                {
                    return null;
                }

                sketches[i] = sketch!;
                return score;
            }

            SystemScores scores = _observer.WithProgress(
                system.Name,
                progress =>
                    _evaluator.Evaluate(
                        system,
                        Dataset.Cases,
                        progress,
                        _images is null
                            ? null
                            : (i, score, answer) =>
                            {
                                sketches[i] = PredictionSketch.Of(answer);
                                journal?.Keep(kept!, i, score!, sketches[i]);
                            },
                        journal is null ? null : Known,
                        _cancellationToken
                    )
            );
            return new SystemPredictions(
                scores,
                system is not (BundleSystem or HeatmapFolder or BoxPredictions),
                sketches,
                system is BundleSystem bundle ? bundle.Tokens : new Dictionary<CaseKey, IReadOnlyList<TokenSketch>>()
            );
        }
        finally
        {
            (system as IDisposable)?.Dispose();
        }
    }

    /// <summary>
    /// Finds everything that is wrong, and what each bundle's answers depend on. A wrong file of the last system is not found after hours
    /// spent on the first. A model is in memory only while it is used.
    /// </summary>
    private List<(string Name, string Binding)> CheckAll(IReadOnlyList<NamedSystem<IEvaluatedSystem>> systems)
    {
        foreach (EvaluationGate gate in _request.Gates)
        {
            gate.Check([.. systems.Select(system => system.Name)]);
        }

        // Two presets of a bundle find the same wrong image.
        InputProblems problems = new();
        List<(string, string)> bundles = [];
        foreach ((string name, Func<IEvaluatedSystem> open) in systems)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            problems.Try(() =>
            {
                IEvaluatedSystem system = open();
                using IDisposable? owner = system as IDisposable;
                system.Check(Dataset.Cases);
                if (system is BundleSystem bundle)
                {
                    bundles.Add((name, bundle.Binding(Dataset.Cases)));
                }
            });
        }

        problems.ThrowIfAny("nothing was computed");
        return bundles;
    }

    private IReadOnlyList<NamedSystem<IEvaluatedSystem>> Systems() =>
        NamedSystem<IEvaluatedSystem>.Of(
            _request,
            _atlas,
            (name, bundle, path, preset) =>
                new BundleSystem(
                    name,
                    path,
                    preset,
                    _request.Model,
                    bundle.Name is { } given ? _request.PromptsOf.GetValueOrDefault(given, _request.Prompts) : _request.Prompts,
                    _request.Reports,
                    _images!,
                    Dataset.Cases,
                    _tokenCases,
                    _request.ImagesAtOnce,
                    _cancellationToken
                ),
            maps => maps,
            boxes => boxes
        );

    /// <summary>The first case of each class, then the second of each, and so on.</summary>
    private static IEnumerable<EvaluationCase> ClassByClass(IReadOnlyList<EvaluationCase> cases) =>
        cases
            .GroupBy(item => item.CategoryName)
            .SelectMany(group => group.Select((item, round) => (item, round)))
            .OrderBy(entry => entry.round)
            .Select(entry => entry.item);
}
