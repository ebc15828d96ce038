using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Workflows;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>
/// Carries out <c>cxr evaluate --generalised</c>: everything that can be wrong is found first, then system after system answers, then the
/// files are written.
/// </summary>
public sealed class GeneralisedRun
{
    private readonly EvaluateRequest _request;
    private readonly IWorkflowObserver _observer;
    private readonly CancellationToken _cancellationToken;
    private readonly LocationAtlas _atlas;
    private readonly ImageFolder? _images;

    /// <summary>Reads the data set.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="observer">For progress.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph; no file is written then.</param>
    /// <exception cref="CxrOnnxException">Something of it is wrong, or means nothing in this task.</exception>
    public GeneralisedRun(EvaluateRequest request, IWorkflowObserver observer, CancellationToken cancellationToken)
    {
        request.Check();
        if (
            request.Unanswered != UnansweredPolicy.Refuse
            || request.Gates.Count > 0
            || request.PerToken > 0
            || request.Prompts != PromptForm.Auto
        )
        {
            throw new InputException(
                "`generalised` takes no `require`, `per-token`, `prompts` or `unanswered`: phrases are read as `cxr ground` reads them, "
                    + "and the figures are others"
            );
        }

        _request = request;
        _observer = observer;
        _cancellationToken = cancellationToken;
        _atlas = request.Atlas is null ? LocationAtlas.Default : LocationAtlas.Load(request.Atlas);
        _images = request.Images is null ? null : new ImageFolder(request.Images, request.Frame);
        Dataset = GeneralisedSet.Load(request.Source, request.Images, _atlas, request.Seed);
    }

    /// <summary>The data set.</summary>
    public GeneralisedSet Dataset { get; }

    /// <summary>Scores every system and writes <c>generalised.json</c>, <c>.md</c> and <c>.html</c>.</summary>
    /// <returns>What was written.</returns>
    /// <exception cref="CxrOnnxException">A system cannot be used or lacks answers.</exception>
    public GeneralisedReport Execute()
    {
        IReadOnlyList<NamedSystem<IRegionSystem>> systems = Systems();
        foreach ((_, Func<IRegionSystem> open) in systems)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            IRegionSystem system = open();
            using IDisposable? owner = system as IDisposable;
            system.Check(Dataset.Cases);
        }

        RegionEvaluator evaluator = new(Dataset.Cases, new Bootstrap(_request.Resamples, _request.Seed));
        GeneralisedReport report = new(
            Dataset with
            {
                Notes = [.. Dataset.Notes, .. _images?.Remarks() ?? []],
            },
            [.. systems.Select(system => Evaluate(system.Open, evaluator))],
            evaluator.Resamples,
            _request.Seed
        );
        (string, string)[] files =
        [
            ("generalised.json", GeneralisedJson.Write(report)),
            ("generalised.md", GeneralisedMarkdown.Write(report)),
            ("generalised.html", GeneralisedHtml.Write(report)),
        ];
        _cancellationToken.ThrowIfCancellationRequested();
        foreach ((string file, string text) in files)
        {
            AtomicFile.WriteText(Path.Combine(_request.Folder, file), text);
        }

        return report;
    }

    private RegionScores Evaluate(Func<IRegionSystem> open, RegionEvaluator evaluator)
    {
        IRegionSystem system = open();
        using IDisposable? owner = system as IDisposable;
        RegionAnswer[] answers = _observer.WithProgress(
            system.Name,
            progress =>
            {
                RegionAnswer[] given = new RegionAnswer[Dataset.Cases.Count];
                for (int i = 0; i < given.Length; i++)
                {
                    _cancellationToken.ThrowIfCancellationRequested();
                    given[i] = system.Answer(Dataset.Cases[i]);
                    progress.Report((i + 1.0) / given.Length);
                }

                return given;
            }
        );
        return evaluator.Score(system.Name, system.Description, answers) with { IsBound = system.IsBound, Notes = system.Notes };
    }

    private IReadOnlyList<NamedSystem<IRegionSystem>> Systems() =>
        NamedSystem<IRegionSystem>.Of(
            _request,
            _atlas,
            (name, _, path, preset) =>
                new BundleRegions(name, path, preset, _request.Model, _images!, Dataset.Cases, _request.ImagesAtOnce, _cancellationToken),
            maps => new HeatmapRegions(maps),
            boxes => new BoxRegions(boxes)
        );
}
