using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Carries out <c>cxr batch</c>: image after image, one inversion each, a line per phrase.</summary>
public sealed class BatchRun
{
    private readonly BatchRequest _request;
    private readonly CancellationToken _cancellationToken;

    /// <summary>Prepares a run.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph; the running image leaves no lines.</param>
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
    /// The manifest, the bundle or the results file cannot be used. A wrong image or phrase is a line with an error.
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
            observer.Note(string.Create(CultureInfo.InvariantCulture, $"{results.DoneBefore} phrases have their answer already"));
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
        for (int i = 0; i < images.Length; i++)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            string[] phrases = [.. images[i].Phrases.Where(phrase => !results.Has(images[i].Image, phrase))];
            if (phrases.Length > 0)
            {
                IReadOnlyList<BatchLine> lines = Ground(images[i], phrases, grounder, manifest);
                results.Add(lines);
                int failed = lines.Count(line => line.Error is not null);
                summary = summary with
                {
                    Grounded = summary.Grounded + lines.Count - failed,
                    Failed = summary.Failed + failed,
                    FirstError =
                        summary.FirstError.Length > 0
                            ? summary.FirstError
                            : lines.FirstOrDefault(line => line.Error is not null)?.Error ?? "",
                };
            }

            progress.Report((i + 1.0) / images.Length);
        }

        return summary;
    }

    /// <summary>
    /// A line per phrase, in order. A wrong image fails all of its phrases, a wrong phrase itself; a wrong bundle is no line but an
    /// exception.
    /// </summary>
    private IReadOnlyList<BatchLine> Ground(BatchImage image, string[] phrases, GroundingPipeline grounder, BundleManifest manifest)
    {
        BatchLine Line(string phrase, string? error = null) =>
            new()
            {
                Image = image.Image,
                Phrase = phrase,
                Error = error,
                Bundle = manifest.Id,
                Preset = _request.Preset,
                Threshold = _request.Threshold,
                Deterministic = _request.Model.Deterministic ? true : null,
            };

        Stopwatch watch = Stopwatch.StartNew();
        Dictionary<string, BatchLine> lines = [];
        List<string> usable = [];
        foreach (string phrase in phrases)
        {
            try
            {
                _ = grounder.Encode(phrase);
                usable.Add(phrase);
            }
            catch (InputException exception)
            {
                lines[phrase] = Line(phrase, exception.Message);
            }
        }

        if (usable.Count > 0)
        {
            Radiograph? radiograph = null;
            try
            {
                radiograph = RadiographReader.Read(image.Path, new RadiographReaderOptions { MaxPixels = _request.MaxPixels });
            }
            catch (InputException exception)
            {
                usable.ForEach(phrase => lines[phrase] = Line(phrase, exception.Message));
            }

            if (radiograph is not null)
            {
                using ImageTrajectory trajectory = grounder.Invert(radiograph.Image, null, _cancellationToken);
                IReadOnlyList<PhraseGrounding> groundings = grounder.Ground(trajectory, usable, null, _cancellationToken);
                ResultNames names = new(image.Path);
                Dictionary<string, string> stems = image.Phrases.ToDictionary(phrase => phrase, names.Stem);
                double seconds = Math.Round(watch.Elapsed.TotalSeconds / usable.Count, 4);
                foreach (PhraseGrounding grounding in groundings)
                {
                    lines[grounding.Phrase.Phrase] = Found(
                        Line(grounding.Phrase.Phrase),
                        grounding,
                        radiograph,
                        WriteHeatmap(image, stems[grounding.Phrase.Phrase], grounding),
                        seconds
                    );
                }
            }
        }

        return [.. phrases.Select(phrase => lines[phrase])];
    }

    private static BatchLine Found(BatchLine line, PhraseGrounding grounding, Radiograph radiograph, string? heatmap, double seconds)
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
            Warnings = [.. radiograph.Provenance.Warnings.Concat(phrase.Warnings).Distinct()],
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
