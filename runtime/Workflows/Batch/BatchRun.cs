using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Phrases;
using CxrOnnx.Workflows.Ground;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Carries out <c>cxr batch</c>: image after image, one inversion each, a line per phrase.</summary>
public sealed class BatchRun
{
    /// <summary>
    /// So many phrases of an image are grounded and written together: what a kill can lose, and what a call shares among its phrases.
    /// </summary>
    private const int PhrasesAtOnce = 64;

    private readonly BatchRequest _request;
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
        for (int i = 0; i < images.Length; i++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            BatchImage image = images[i];
            BatchLine[] ofReports =
            [
                .. image
                    .Reports.Where(report => report.IsNormal || report.Error is not null)
                    .Select(report => OfReport(image, report, manifest))
                    .Where(line => !results.Has(line)),
            ];
            string[] phrases = [.. image.Phrases.Where(phrase => !results.Has(Line(image, phrase, manifest)))];
            BatchSummary before = summary;
            int finished = i;
            foreach (
                IReadOnlyList<BatchLine> lines in Ground(
                        image,
                        phrases,
                        grounder,
                        manifest,
                        new Reporter(share => progress.Report((finished + share) / images.Length))
                    )
                    .Append(ofReports)
                    .Where(lines => lines.Count > 0)
            )
            {
                results.Add(lines);
                summary = Add(summary, lines);
            }

            summary = summary with { GroundedImages = before.GroundedImages + (summary.Grounded > before.Grounded ? 1 : 0) };
            progress.Report((i + 1.0) / images.Length);
        }

        return summary;
    }

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
    /// Some lines at a time, a line per phrase, in order. A wrong image fails all of its phrases, a wrong phrase itself; a wrong bundle is
    /// no line but an exception.
    /// </summary>
    private IEnumerable<IReadOnlyList<BatchLine>> Ground(
        BatchImage image,
        string[] phrases,
        GroundingPipeline grounder,
        BundleManifest manifest,
        IProgress<double> progress
    )
    {
        Dictionary<string, BatchLine> wrong = [];
        Dictionary<string, AskedPhrase> usable = [];
        foreach (string phrase in phrases)
        {
            try
            {
                // The findings of a report are standard prompts already.
                AskedPhrase asked = AskedPhrase.Read(phrase, grounder, _request.Verbatim || image.OfReport(phrase) is not null);
                if (asked.Refusal is { } reason)
                {
                    wrong[phrase] = Line(image, phrase, manifest, reason.Message);
                }
                else
                {
                    usable[phrase] = asked;
                }
            }
            catch (InputException exception)
            {
                wrong[phrase] = Line(image, phrase, manifest, exception.Message);
            }
        }

        if (usable.Count == 0)
        {
            yield return [.. phrases.Select(phrase => wrong[phrase])];
            yield break;
        }

        (Radiograph? radiograph, string refusal) = Read(image);
        if (radiograph is null)
        {
            yield return [.. phrases.Select(phrase => wrong.GetValueOrDefault(phrase) ?? Line(image, phrase, manifest, refusal))];
            yield break;
        }

        Stopwatch watch = Stopwatch.StartNew();
        string[][] parts = [.. phrases.Chunk(PhrasesAtOnce)];
        ShareProgress share = new(progress, grounder, parts.Sum(part => Texts(part, usable).Length));
        using ImageTrajectory? trajectory = usable.Values.Any(asked => asked.Text is not null)
            ? grounder.Invert(radiograph.Image, share, _cancellationToken)
            : null;
        double imageSeconds = watch.Elapsed.TotalSeconds / usable.Count;
        BatchFiles files = new(_request, image, manifest);
        int before = 0;
        foreach (string[] part in parts)
        {
            watch.Restart();
            string[] texts = Texts(part, usable);
            share.Begin(before, texts.Length);
            IReadOnlyList<PhraseGrounding> found =
                trajectory is null || texts.Length == 0 ? [] : grounder.Ground(trajectory, texts, share, _cancellationToken);
            before += texts.Length;
            int answered = Math.Max(1, part.Count(usable.ContainsKey));
            double seconds = Math.Round(imageSeconds + (watch.Elapsed.TotalSeconds / answered), 4);
            yield return
            [
                .. part.Select(phrase =>
                    wrong.GetValueOrDefault(phrase)
                    ?? Found(Line(image, phrase, manifest), Answer(usable[phrase], texts, found), radiograph, image, files, seconds)
                ),
            ];
        }
    }

    /// <summary>The different texts that some phrases are grounded as; denied ones have none.</summary>
    private static string[] Texts(string[] phrases, Dictionary<string, AskedPhrase> usable) =>
        [.. phrases.Select(phrase => usable.GetValueOrDefault(phrase)?.Text).OfType<string>().Distinct()];

    private static PhraseAnswer Answer(AskedPhrase asked, string[] texts, IReadOnlyList<PhraseGrounding> found) =>
        new(asked, asked.Text is { } text ? found[Array.IndexOf(texts, text)] : null);

    private (Radiograph? Radiograph, string Refusal) Read(BatchImage image)
    {
        try
        {
            RadiographReaderOptions options = new() { MaxPixels = _request.MaxPixels, Frame = image.Frame };
            return (RadiographReader.Read(image.Path, options), "");
        }
        catch (InputException exception)
        {
            return (null, exception.Message);
        }
    }

    private static BatchLine Found(
        BatchLine line,
        PhraseAnswer answer,
        Radiograph radiograph,
        BatchImage image,
        BatchFiles files,
        double seconds
    )
    {
        (string? heatmap, string? overlay) = answer.Grounding is { } grounding
            ? files.Write(line.Phrase, grounding, radiograph.Image)
            : (null, null);
        PhraseResult phrase = GroundResultBuilder.Phrase(answer, heatmap, overlay, tokens: []);
        IReadOnlyList<string> remarks = image.OfReport(line.Phrase)?.Report.Reading?.Remarks ?? [];
        return line with
        {
            Grounded = phrase.Grounded,
            Verdict = phrase.Verdict,
            Denies = phrase.Denies,
            Denied = phrase.Denied ?? line.Denied,
            Text = phrase.Text,
            StandardPrompt = phrase.StandardPrompt,
            Width = radiograph.Image.Width,
            Height = radiograph.Image.Height,
            Boxes = phrase.Boxes,
            Peak = phrase.Peak,
            Confidence = phrase.Confidence,
            Region = phrase.Region,
            Heatmap = heatmap,
            FieldOfView = files.FieldOfView(radiograph.Image),
            Overlay = overlay,
            Warnings = [.. radiograph.Provenance.Warnings.Concat(phrase.Warnings).Concat(remarks).Distinct()],
            Seconds = seconds,
        };
    }

    private sealed class Reporter(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
