using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Carries out <c>cxr batch</c>: images one by one or some at a time, one inversion each, a line per phrase.</summary>
public sealed class BatchRun
{
    private readonly BatchRequest _request;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph; the running images leave no lines.</param>
    public BatchRun(BatchRequest request, CancellationToken cancellationToken)
    {
        _request = request;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Where the results are.</summary>
    public string ResultsPath => Path.Combine(_request.Folder, _request.Shard.FileName);

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
            ? BatchResults.Continue(ResultsPath, bundle.Manifest.Id, _request.Preset, _request.Threshold, _request.Model.Deterministic)
            : BatchResults.Start(ResultsPath);
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

        return observer.WithProgress("grounding", progress => Execute(images, grounder, bundle.Manifest, results, progress));
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
        int done = 0;
        foreach (BatchImage[] group in images.Chunk(grounder.ImagesAtOnce(_request.ImagesAtOnce)))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            BatchWork[] works = [.. group.Select(image => Plan(image, manifest, results))];
            foreach (BatchWork work in works)
            {
                Read(work, grounder, manifest);
            }

            Ground([.. works.Where(work => work.Radiograph is not null)], grounder, manifest);
            foreach (BatchWork work in works)
            {
                BatchLine[] lines = work.Lines();
                if (lines.Length > 0)
                {
                    results.Add(lines);
                    summary = Add(summary, lines);
                }

                progress.Report(++done / (double)images.Length);
            }
        }

        return summary;
    }

    private BatchWork Plan(BatchImage image, BundleManifest manifest, BatchResults results) =>
        new(
            image,
            [.. image.Phrases.Where(phrase => !results.Has(Line(image, phrase, manifest)))],
            [
                .. image
                    .Reports.Where(report => report.IsNormal || report.Error is not null)
                    .Select(report => OfReport(image, report, manifest))
                    .Where(line => !results.Has(line)),
            ]
        );

    private static BatchSummary Add(BatchSummary summary, BatchLine[] lines)
    {
        BatchLine[] failed = [.. lines.Where(line => line.Error is not null)];
        int normal = lines.Count(line => line is { Error: null, Findings: 0 });
        int grounded = lines.Length - failed.Length - normal;
        return summary with
        {
            Grounded = summary.Grounded + grounded,
            GroundedImages = summary.GroundedImages + (grounded > 0 ? 1 : 0),
            NormalReports = summary.NormalReports + normal,
            Failed = summary.Failed + failed.Length,
            FailedReports = summary.FailedReports + failed.Count(line => line.Phrase.Length == 0),
            FirstError = summary.FirstError.Length > 0 || failed.Length == 0 ? summary.FirstError : failed[0].Error!,
        };
    }

    /// <summary>The line of a report that has no findings, or was refused; the image is not opened for it.</summary>
    private BatchLine OfReport(BatchImage image, BatchReport report, BundleManifest manifest) =>
        Line(image, "", manifest) with
        {
            Report = report.Name,
            Error = report.Error,
            Findings = report.IsNormal ? 0 : null,
            Warnings = report.Reading?.Remarks,
        };

    private BatchLine Line(BatchImage image, string phrase, BundleManifest manifest, string? error = null)
    {
        BatchLine line = new()
        {
            Image = image.Image,
            Frame = image.Frame,
            Phrase = phrase,
            Error = error,
            Bundle = manifest.Id,
            Preset = _request.Preset,
            Threshold = _request.Threshold,
            Deterministic = _request.Model.Deterministic ? true : null,
        };
        return image.OfReport(phrase) is (BatchReport report, ReportFinding finding)
            ? line with
            {
                Report = report.Name,
                Uncertain = finding.IsUncertain,
                Sentence = string.Join(" ", finding.Sentences),
                Denied = false,
            }
            : line;
    }

    /// <summary>
    /// Looks at the phrases and reads the image. A wrong image fails all of its phrases, a wrong phrase itself; a wrong bundle is no line
    /// but an exception.
    /// </summary>
    private void Read(BatchWork work, GroundingPipeline grounder, BundleManifest manifest)
    {
        work.Watch.Start();
        foreach (string phrase in work.Phrases)
        {
            try
            {
                _ = grounder.Encode(phrase);
                work.Usable.Add(phrase);
            }
            catch (InputException exception)
            {
                work.Answer(phrase, Line(work.Image, phrase, manifest, exception.Message));
            }
        }

        if (work.Usable.Count > 0)
        {
            try
            {
                work.Radiograph = RadiographReader.Read(
                    work.Image.Path,
                    new RadiographReaderOptions { MaxPixels = _request.MaxPixels, Frame = work.Image.Frame }
                );
            }
            catch (InputException exception)
            {
                work.Usable.ForEach(phrase => work.Answer(phrase, Line(work.Image, phrase, manifest, exception.Message)));
            }
        }

        work.Watch.Stop();
    }

    /// <summary>Inverts the images together, then grounds each one's phrases.</summary>
    private void Ground(IReadOnlyList<BatchWork> works, GroundingPipeline grounder, BundleManifest manifest)
    {
        if (works.Count == 0)
        {
            return;
        }

        IReadOnlyList<ImageTrajectory> trajectories = grounder.Invert(
            [.. works.Select(work => work.Radiograph!.Image)],
            null,
            _cancellationToken
        );
        for (int i = 0; i < works.Count; i++)
        {
            using ImageTrajectory trajectory = trajectories[i];
            Ground(works[i], trajectory, grounder, manifest);
        }
    }

    private void Ground(BatchWork work, ImageTrajectory trajectory, GroundingPipeline grounder, BundleManifest manifest)
    {
        work.Watch.Start();
        IReadOnlyList<PhraseGrounding> groundings = grounder.Ground(trajectory, work.Usable, null, _cancellationToken);
        BatchImage image = work.Image;
        ResultNames names = new(image.Path);
        Dictionary<string, string> stems = image.Phrases.ToDictionary(phrase => phrase, names.Stem);
        // What images share is each one's part of it.
        TimeSpan time = work.Watch.Elapsed + trajectory.EncodeTime + trajectory.InversionTime;
        double seconds = Math.Round(time.TotalSeconds / work.Usable.Count, 4);
        foreach (PhraseGrounding grounding in groundings)
        {
            string phrase = grounding.Phrase.Phrase;
            work.Answer(
                phrase,
                Found(
                    Line(image, phrase, manifest),
                    grounding,
                    work.Radiograph!,
                    image.OfReport(phrase)?.Report.Reading?.Remarks ?? [],
                    WriteHeatmap(image, stems[phrase], grounding),
                    seconds
                )
            );
        }
    }

    private static BatchLine Found(
        BatchLine line,
        PhraseGrounding grounding,
        Radiograph radiograph,
        IReadOnlyList<string> remarks,
        string? heatmap,
        double seconds
    )
    {
        PhraseResult phrase = GroundResultBuilder.Phrase(grounding, heatmap, overlay: null, tokens: []);
        return line with
        {
            Text = phrase.Text,
            StandardPrompt = phrase.StandardPrompt,
            Width = radiograph.Image.Width,
            Height = radiograph.Image.Height,
            Boxes = phrase.Boxes,
            Peak = phrase.Peak,
            Confidence = phrase.Confidence,
            Region = phrase.Region,
            Heatmap = heatmap,
            Warnings = [.. radiograph.Provenance.Warnings.Concat(phrase.Warnings).Concat(remarks).Distinct()],
            Seconds = seconds,
        };
    }

    private string? WriteHeatmap(BatchImage image, string stem, PhraseGrounding grounding)
    {
        if (!_request.Heatmaps)
        {
            return null;
        }

        // Images of one name lie in different folders of a data set; their position tells them apart, in every part.
        string file = string.Create(CultureInfo.InvariantCulture, $"heatmaps/{image.Position:D7}.{stem}.heatmap.npy");
        NpyFile.Write(
            Path.Combine(_request.Folder, file),
            grounding.Heatmap.Values,
            grounding.Heatmap.Size.Height,
            grounding.Heatmap.Size.Width
        );
        return file;
    }
}
