using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.DicomWeb;
using CxrOnnx.Workflows.Ground;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Watch;

/// <summary>
/// Carries out <c>cxr watch</c>: looks for radiographs with a report in an archive, grounds the report's findings, and stores the results in
/// the study they belong to. What it says names no patient and no identifier, only digests.
/// </summary>
public sealed class WatchRun : IDisposable
{
    private const string SopInstance = "00080018";
    private const string ViewPosition = "00185101";
    private const string Intent = "00080068";
    private const string ImageName = "image.dcm";
    private const string ResultFolder = "result";
    private const int LongestReason = 300;

    private readonly WatchRequest _request;
    private readonly TimeProvider _clock;
    private readonly DicomWebClient _archive;
    private readonly WatchState _state;

    /// <summary>Opens the record of what was done.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="clock">Dates the objects.</param>
    /// <exception cref="CxrOnnxException">Bundle, preset, provider, address or record cannot be used.</exception>
    public WatchRun(WatchRequest request, TimeProvider clock)
    {
        _request = request;
        _clock = clock;
        CheckModel(request);
        _archive = new DicomWebClient(request.DicomWeb, request.Credentials, request.Timeout);
        try
        {
            _state = WatchState.Open(request.State);
        }
        catch
        {
            _archive.Dispose();
            throw;
        }
    }

    /// <summary>Looks at the archive once and does everything that is to be done.</summary>
    /// <param name="observer">For remarks.</param>
    /// <param name="cancellationToken">Stops between two images, or in the middle of one, which is then done again later.</param>
    /// <exception cref="DicomWebException">The archive does not answer; what was stored stays recorded.</exception>
    public async Task<WatchSummary> Look(IWorkflowObserver observer, CancellationToken cancellationToken)
    {
        WatchSummary summary = new(0, 0, 0, 0, 0, 0);
        Dictionary<string, string?> reports = [];
        foreach (string modality in _request.Modalities)
        {
            foreach (
                DicomWebSeries series in await _archive.FindSeries(modality, _request.StudyDate, cancellationToken).ConfigureAwait(false)
            )
            {
                if (!reports.TryGetValue(series.Study, out string? report))
                {
                    report = await Report(series.Study, cancellationToken).ConfigureAwait(false);
                    reports.Add(series.Study, report);
                    summary = report is null ? summary with { Waiting = summary.Waiting + 1 } : summary;
                }

                if (report is null)
                {
                    continue;
                }

                foreach (JsonElement image in await _archive.Metadata(series, cancellationToken).ConfigureAwait(false))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    summary = await One(series, image, report, summary, observer, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return summary;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _archive.Dispose();
        _state.Dispose();
    }

    /// <summary>The text of a study's report: a file named after the study, else its structured reports; null where there is none yet.</summary>
    private async Task<string?> Report(string study, CancellationToken cancellationToken)
    {
        if (_request.Reports is { } folder && Path.Combine(folder, $"{study}.txt") is var path && File.Exists(path))
        {
            return await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
        }

        List<string> texts = [];
        foreach (DicomWebSeries series in await _archive.FindSeriesOf(study, "SR", cancellationToken).ConfigureAwait(false))
        {
            texts.AddRange(
                (await _archive.Metadata(series, cancellationToken).ConfigureAwait(false)).Select(ReportText.Of).OfType<string>()
            );
        }

        // The order in which an archive lists them must not make another report of them.
        return texts.Count > 0 ? string.Join("\n\n", texts.Order(StringComparer.Ordinal)) : null;
    }

    private async Task<WatchSummary> One(
        DicomWebSeries series,
        JsonElement image,
        string report,
        WatchSummary summary,
        IWorkflowObserver observer,
        CancellationToken cancellationToken
    )
    {
        string instance = DicomJson.Text(image, SopInstance);
        if (!DicomWebSeries.IsUid(instance))
        {
            return summary;
        }

        string key = WatchState.Key(instance, report);
        if (_state.IsDone(key))
        {
            return summary with { Earlier = summary.Earlier + 1 };
        }

        bool isComputed = false;
        try
        {
            if (NotForIt(image) is { } why)
            {
                throw new InputException(why);
            }

            byte[] file = await _archive.Fetch(series, instance, cancellationToken).ConfigureAwait(false);
            GroundRequest request = Request(file, ReportParser.Read(report));
            GroundOutputs outputs = new(Path.Combine(_state.Work, ResultFolder), request, _clock);
            GroundRun run = GroundRun.Execute(request, progress: null, cancellationToken);
            isComputed = true;
            (GroundResult result, IReadOnlyList<byte[]> objects) = Objects(outputs, run);
            await _archive.Store(series.Study, objects, cancellationToken).ConfigureAwait(false);
            _state.Add(key, "stored", objects.Count, reason: null);
            observer.Note(
                $"image {WatchState.Short(key)}: {result.Phrases.Count} finding(s) of its report, {objects.Count} object(s) stored"
            );
            return summary with { Stored = summary.Stored + 1, Objects = summary.Objects + objects.Count };
        }
        catch (CxrOnnxException exception) when (exception is DicomWebException || isComputed)
        {
            observer.Note($"image {WatchState.Short(key)}: not done: {exception.Message}; tried again at the next look");
            return summary with { Failed = summary.Failed + 1 };
        }
        catch (InputException exception)
        {
            // The image or its report is wrong: it would be as wrong at the next look.
            string reason = exception.Message.Length > LongestReason ? exception.Message[..LongestReason] : exception.Message;
            _state.Add(key, "refused", 0, reason);
            observer.Note($"image {WatchState.Short(key)}: refused: {reason}");
            return summary with { Refused = summary.Refused + 1 };
        }
        finally
        {
            _state.Clear();
        }
    }

    /// <summary>Why an image is none that the model was made for, as far as its attributes say so.</summary>
    private static string? NotForIt(JsonElement image) =>
        DicomJson.Text(image, ViewPosition).ToUpperInvariant() is "LL" or "RL" or "LATERAL" ? "a lateral view; frontal ones are grounded"
        : DicomJson.Text(image, Intent).ToUpperInvariant() == "FOR PROCESSING"
            ? "raw detector values (FOR PROCESSING); the image FOR PRESENTATION is grounded"
        : null;

    /// <summary>What is wrong with model or options must not be taken for a fault of every image.</summary>
    private static void CheckModel(WatchRequest request)
    {
        GroundRequest ground = request.Ground;
        GroundingModelOptions options = new()
        {
            Provider = ExecutionProviders.Parse(ground.Provider),
            ProviderLibrary = ground.ProviderLibrary,
            Deterministic = ground.Deterministic,
            Threads = ground.Threads,
        };
        using Bundle bundle = Bundle.Open(request.Bundle);
        ComputeChoice choice = ComputeChoice.Resolve(bundle, options, ground.Preset, ground.Math);
        using GroundingModel model = GroundingModel.Load(bundle, options with { Math = choice.Math });
    }

    private GroundRequest Request(byte[] file, ReportReading report)
    {
        string path = Path.Combine(_state.Work, ImageName);
        File.WriteAllBytes(path, file);
        return _request.Ground with
        {
            Image = path,
            Report = report,
            Bundle = _request.Bundle,
            DicomObjects = _request.Objects,
            Heatmaps = null,
            Overlays = false,
        };
    }

    private (GroundResult Result, IReadOnlyList<byte[]> Objects) Objects(GroundOutputs outputs, GroundRun run)
    {
        string folder = Path.Combine(_state.Work, ResultFolder);
        GroundResult result = outputs.Write(run, montage: false);
        string[] objects = [.. result.Files!.Where(name => name.EndsWith(".dcm", StringComparison.Ordinal))];
        return (result, [.. objects.Select(name => File.ReadAllBytes(Path.Combine(folder, name)))]);
    }
}
