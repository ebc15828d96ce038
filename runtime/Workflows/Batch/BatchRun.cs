using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Ground;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Carries out <c>cxr batch</c>: images one by one or some at a time, one inversion each, a line per phrase.</summary>
public sealed class BatchRun
{
    /// <summary>
    /// So many phrases of an image are grounded and written together: what a kill can lose, and what a call shares among its phrases.
    /// </summary>
    private const int PhrasesAtOnce = 64;

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

    /// <summary>Grounds everything that has no answer yet.</summary>
    /// <param name="observer">For progress and remarks.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="CxrOnnxException">
    /// The manifest, the bundle or the results file cannot be used. A wrong image, phrase or report is a line with an error.
    /// </exception>
    public BatchSummary Execute(IWorkflowObserver observer)
    {
        BatchImage[] images = [.. BatchManifest.Load(_request.Manifest).Where(image => _request.Shard.Holds(image.Position))];
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
        using BatchResults results = _request.Resume
            ? BatchResults.Continue(
                ResultsPath,
                bundle.Manifest.Id,
                _request.Preset,
                _request.Threshold,
                _request.Model.Deterministic,
                _request.Math
            )
            : BatchResults.Start(ResultsPath);
        if (choice.Reason != ComputeChoice.Asked)
        {
            observer.Note($"preset {choice.Preset} in {choice.Math.Name()}: {choice.Reason}");
        }

        if (_request.Shard.Count > 1)
        {
            observer.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"part {_request.Shard.Index} of {_request.Shard.Count} ({_request.Shard.Source}): {images.Length} images"
                )
            );
        }

        if (results.DoneBefore > 0)
        {
            observer.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{results.DoneBefore} {(results.DoneBefore == 1 ? "phrase has its" : "phrases have their")} answer already"
                )
            );
        }

        BatchSummary summary = observer.WithProgress(
            "grounding",
            progress => Execute(images, grounder, bundle.Manifest, results, progress)
        );
        if (CsvPath is { } table)
        {
            BatchCsv.Write(table, results.ReadAll());
        }

        return summary;
    }

    private BatchSummary Execute(
        BatchImage[] images,
        GroundingPipeline grounder,
        BundleManifest manifest,
        BatchResults results,
        IProgress<double> progress
    )
    {
        BatchSummary summary = new(images.Length, 0, 0, results.DoneBefore, "");
        BatchLines lines = new(_request, manifest);
        int done = 0;
        foreach (BatchImage[] group in images.Chunk(grounder.ImagesAtOnce(_request.ImagesAtOnce)))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            BatchWork[] works = [.. group.Select(image => Plan(image, lines, results))];
            foreach (BatchWork work in works)
            {
                Read(work, grounder, lines);
            }

            int before = done;
            Reporter share = new(value => progress.Report((before + (value * group.Length)) / images.Length));
            HashSet<BatchImage> grounded = [];
            foreach ((BatchImage image, IReadOnlyList<BatchLine> some) in Ground(works, grounder, lines, share))
            {
                results.Add(some);
                BatchSummary next = Add(summary, some);
                bool isNew = next.Grounded > summary.Grounded && grounded.Add(image);
                summary = next with { GroundedImages = summary.GroundedImages + (isNew ? 1 : 0) };
            }

            done += group.Length;
            progress.Report((double)done / images.Length);
        }

        return summary;
    }

    private static BatchWork Plan(BatchImage image, BatchLines lines, BatchResults results) =>
        new(
            image,
            [.. image.Phrases.Where(phrase => !results.Has(lines.Of(image, phrase)))],
            [
                .. image
                    .Reports.Where(report => report.IsNormal || report.Error is not null)
                    .Select(report => lines.OfReport(image, report))
                    .Where(line => !results.Has(line)),
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

    /// <summary>
    /// Looks at the phrases and reads the image. A wrong image fails all of its phrases, a wrong phrase itself; a wrong bundle is no line
    /// but an exception.
    /// </summary>
    private void Read(BatchWork work, GroundingPipeline grounder, BatchLines lines)
    {
        work.Watch.Start();
        foreach (string phrase in work.Phrases)
        {
            try
            {
                // The findings of a report are standard prompts already.
                bool asItStands = _request.Verbatim || work.Image.OfReport(phrase) is not null;
                AskedPhrase asked = AskedPhrase.Read(phrase, grounder, asItStands);
                if (asked.Refusal is { } refusal)
                {
                    work.Wrong[phrase] = lines.Of(work.Image, phrase, refusal.Message);
                }
                else
                {
                    work.Usable[phrase] = asked;
                }
            }
            catch (InputException exception)
            {
                work.Wrong[phrase] = lines.Of(work.Image, phrase, exception.Message);
            }
        }

        if (work.Usable.Count > 0)
        {
            try
            {
                RadiographReaderOptions options = new() { MaxPixels = _request.MaxPixels, Frame = work.Image.Frame };
                work.Radiograph = RadiographReader.Read(work.Image.Path, options);
            }
            catch (InputException exception)
            {
                foreach (string phrase in work.Usable.Keys)
                {
                    work.Wrong[phrase] = lines.Of(work.Image, phrase, exception.Message);
                }

                work.Usable.Clear();
            }
        }

        work.Watch.Stop();
    }

    /// <summary>Inverts the images together, then grounds each one's phrases: some lines at a time, a line per phrase, in order.</summary>
    private IEnumerable<(BatchImage Image, IReadOnlyList<BatchLine> Lines)> Ground(
        IReadOnlyList<BatchWork> works,
        GroundingPipeline grounder,
        BatchLines lines,
        IProgress<double> progress
    )
    {
        BatchWork[] seen = [.. works.Where(work => work.Texts.Length > 0)];
        ShareProgress share = new(progress, grounder, works.Sum(work => Parts(work).Sum(part => work.TextsOf(part).Length)), seen.Length);
        IReadOnlyList<ImageTrajectory> trajectories =
            seen.Length == 0 ? [] : grounder.Invert([.. seen.Select(work => work.Radiograph!.Image)], share, _cancellationToken);
        try
        {
            int before = 0;
            foreach (BatchWork work in works)
            {
                int at = Array.IndexOf(seen, work);
                ImageTrajectory? trajectory = at < 0 ? null : trajectories[at];
                BatchFiles files = new(_request, work.Image, lines.Manifest);

                // What images share is each one's part of it.
                TimeSpan ofImage = work.Watch.Elapsed + (trajectory is null ? default : trajectory.EncodeTime + trajectory.InversionTime);
                double imageSeconds = ofImage.TotalSeconds / Math.Max(1, work.Usable.Count);
                foreach (string[] part in Parts(work))
                {
                    work.Watch.Restart();
                    string[] texts = work.TextsOf(part);
                    share.Begin(before, texts.Length);
                    IReadOnlyList<PhraseGrounding> found =
                        trajectory is null || texts.Length == 0 ? [] : grounder.Ground(trajectory, texts, share, _cancellationToken);
                    before += texts.Length;
                    int answered = Math.Max(1, part.Count(work.Usable.ContainsKey));
                    double seconds = Math.Round(imageSeconds + (work.Watch.Elapsed.TotalSeconds / answered), 4);
                    yield return (
                        work.Image,
                        [
                            .. part.Select(phrase =>
                                work.Wrong.GetValueOrDefault(phrase)
                                ?? lines.Found(work, phrase, work.AnswerOf(phrase, texts, found), files, seconds)
                            ),
                        ]
                    );
                }

                trajectory?.Dispose();
                if (work.OfReports.Count > 0)
                {
                    yield return (work.Image, work.OfReports);
                }
            }
        }
        finally
        {
            foreach (ImageTrajectory trajectory in trajectories)
            {
                trajectory.Dispose();
            }
        }
    }

    private static IEnumerable<string[]> Parts(BatchWork work) => work.Phrases.Chunk(PhrasesAtOnce);

    private sealed class Reporter(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
