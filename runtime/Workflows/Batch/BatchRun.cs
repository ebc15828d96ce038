using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// Carries out <c>cxr batch</c>: everything that can be wrong is found first, then images are grounded one by one or some at a time, one
/// inversion each, a line per phrase.
/// </summary>
public sealed class BatchRun
{
    private BatchRequest _request;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph; what was written stays.</param>
    public BatchRun(BatchRequest request, CancellationToken cancellationToken)
    {
        _request = request;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Where the results are.</summary>
    public string ResultsPath => Path.Combine(_request.Folder, _request.Shard.FileName);

    /// <summary>Where the table is; null where none was asked for.</summary>
    public string? CsvPath => _request.Csv ? Path.Combine(_request.Folder, _request.Shard.CsvName) : null;

    /// <summary>
    /// Where it says which heatmap is of which annotated phrase; null for a manifest, without heatmaps, and for a part, whose rows
    /// <see cref="BatchMerge"/> writes.
    /// </summary>
    public string? HeatmapIndexPath =>
        _request is { Heatmaps: not null, Source.HasHeatmapIndex: true, Shard.Count: 1 }
            ? Path.Combine(_request.Folder, BatchHeatmapIndex.Name)
            : null;

    /// <summary>Grounds everything that has no answer yet.</summary>
    /// <param name="observer">For progress and remarks.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="CxrOnnxException">
    /// The manifest, the bundle or the results file cannot be used, or the batch is another one than was begun in the folder. An image,
    /// phrase or report that cannot be used: all of them are named before anything is computed, unless
    /// <see cref="BatchRequest.KeepGoing"/>; what turns out later is a line with an error.
    /// </exception>
    public BatchSummary Execute(IWorkflowObserver observer)
    {
        IReadOnlyList<BatchImage> all = _request.Source.Load();
        BatchImage[] images = [.. all.Where(image => _request.Shard.Holds(image.Position))];
        if (!_request.Resume)
        {
            BatchResults.RefuseExisting(ResultsPath);
        }

        using Bundle bundle = Bundle.Open(_request.Bundle);
        ComputeChoice choice = ComputeChoice.Resolve(bundle, _request.Model, _request.Preset, _request.Math);
        _request = _request with { Preset = choice.Preset, Math = choice.Math.Name(), Model = _request.Model with { Math = choice.Math } };
        using GroundingModel model = GroundingModel.Load(bundle, _request.Model);
        GroundingPipeline grounder = new(
            model,
            new GroundingOptions
            {
                Preset = _request.Preset,
                BoxThreshold = _request.Threshold,
                Confidence = _request.Confidence,
            }
        );
        int atOnce = grounder.ImagesAtOnce(_request.ImagesAtOnce);
        BatchIdentity identity = BatchIdentity.Of(_request, all, bundle.Manifest, model.Provider.Name, atOnce);
        BatchIdentityFile.Find(_request.Folder)?.CheckSame(Path.Combine(_request.Folder, BatchIdentityFile.Name), identity, all);
        BatchLines lines = new(_request, bundle.Manifest);
        BatchReading reading = new(_request, grounder, lines);
        Check(images, reading, observer);

        BatchIdentityFile.Pin(_request.Folder, identity, all);
        using BatchResults results = _request.Resume
            ? BatchResults.Continue(ResultsPath, bundle.Manifest.Id, _request.Preset, _request.Threshold)
            : BatchResults.Start(ResultsPath);
        Tell(observer, choice, images.Length, results.DoneBefore);
        BatchGrounding grounding = new(_request, grounder, lines, _cancellationToken);
        BatchSummary summary = observer.WithCounts(
            "grounding",
            "phrases",
            progress => Execute(images, atOnce, reading, grounding, lines, results, progress)
        );
        if (CsvPath is { } table)
        {
            BatchCsv.Write(table, results.ReadAll());
        }

        if (HeatmapIndexPath is { } index)
        {
            BatchHeatmapIndex.Write(index, results.ReadAll());
        }

        return summary;
    }

    private void Check(BatchImage[] images, BatchReading reading, IWorkflowObserver observer)
    {
        if (_request.KeepGoing)
        {
            return;
        }

        IReadOnlySet<BatchKey> answered = _request.Resume ? BatchResults.AnsweredIn(ResultsPath) : new HashSet<BatchKey>();
        BatchCheck check = new(_request, reading, _cancellationToken);
        observer
            .WithProgress("checking", progress => check.Run(images, answered, progress))
            .ThrowIfAny("nothing was computed (`keep-going` computes the rest, with a line that says what is wrong for each of these)");
    }

    private void Tell(IWorkflowObserver observer, ComputeChoice choice, int images, int before)
    {
        if (choice.Reason != ComputeChoice.Asked)
        {
            observer.Note($"preset {choice.Preset} in {choice.Math.Name()}: {choice.Reason}");
        }

        if (_request.Shard.Count > 1)
        {
            observer.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"part {_request.Shard.Index} of {_request.Shard.Count} ({_request.Shard.Source}): {images} images"
                )
            );
        }

        if (before > 0)
        {
            observer.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{before} {(before == 1 ? "phrase has its" : "phrases have their")} answer already"
                )
            );
        }
    }

    private BatchSummary Execute(
        BatchImage[] images,
        int atOnce,
        BatchReading reading,
        BatchGrounding grounding,
        BatchLines lines,
        BatchResults results,
        IProgress<WorkCount> progress
    )
    {
        BatchSummary summary = new(images.Length, 0, 0, results.DoneBefore, "");
        using BatchTimes times = BatchTimes.Open(Path.Combine(_request.Folder, _request.Shard.TimesName));
        int total = images.Sum(image => BatchKey.AllOf(image).Count(key => !results.Has(key)));
        int done = 0;
        foreach (BatchImage[] group in images.Chunk(atOnce))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            BatchWork[] works = [.. group.Select(image => Plan(image, lines, results))];
            int pending = works.Sum(work => work.Pending.Count + work.OfReports.Count);
            if (pending == 0)
            {
                continue;
            }

            foreach (BatchWork work in works)
            {
                reading.Read(work);
            }

            int before = done;
            int failed = summary.Failed;
            Reporter share = new(value => progress.Report(new WorkCount((before + (value * pending)) / total, done, total, failed)));
            HashSet<BatchImage> grounded = [];
            foreach ((BatchImage image, IReadOnlyList<BatchLine> some, double? seconds) in grounding.Ground(works, share))
            {
                results.Add(some);
                times.Add(some.Where(line => line.Error is null), seconds);
                BatchSummary next = Add(summary, some);
                bool isNew = next.Grounded > summary.Grounded && grounded.Add(image);
                summary = next with { GroundedImages = summary.GroundedImages + (isNew ? 1 : 0) };
                done += some.Count;
                failed = summary.Failed;
            }

            progress.Report(new WorkCount((double)done / total, done, total, summary.Failed));
        }

        return summary;
    }

    private static BatchWork Plan(BatchImage image, BatchLines lines, BatchResults results) =>
        new(
            image,
            image.Phrases.Where(phrase => !results.Has(BatchKey.Of(image, phrase))).ToHashSet(),
            [
                .. image
                    .Reports.Where(report => report.HasLine && !results.Has(BatchKey.Of(image, report)))
                    .Select(report => lines.OfReport(image, report)),
            ]
        );

    private static BatchSummary Add(BatchSummary summary, IReadOnlyList<BatchLine> lines)
    {
        BatchLine[] failed = [.. lines.Where(line => line.Error is not null)];
        int normal = lines.Count(line => line is { Error: null, Findings: 0 });
        int grounded = lines.Count - failed.Length - normal;
        return summary with
        {
            Grounded = summary.Grounded + grounded,
            NormalReports = summary.NormalReports + normal,
            Failed = summary.Failed + failed.Length,
            FailedReports = summary.FailedReports + failed.Count(line => line.Phrase.Length == 0),
            FirstError = summary.FirstError.Length > 0 || failed.Length == 0 ? summary.FirstError : failed[0].Error!,
        };
    }

    private sealed class Reporter(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
