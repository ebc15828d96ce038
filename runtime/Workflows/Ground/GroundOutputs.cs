using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Grounding;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Workflows.Fhir;
using CxrOnnx.Workflows.Phrases;
using CxrOnnx.Workflows.Reports;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Ground;

/// <summary>Writes the files of <c>cxr ground</c>: heatmaps, pictures and <c>result.json</c>.</summary>
public sealed class GroundOutputs
{
    /// <summary>What the names of files of a result end with, beside the result document.</summary>
    private static readonly string[] Endings = [".heatmap.npy", ".overlay.png", .. DicomObjectKinds.Names.Select(kind => $".{kind}.dcm")];

    /// <summary>Pictures of a page are looked at beside text.</summary>
    private static readonly OverlayOptions OnPage = new() { MaxSide = 1200 };

    private readonly string _folder;
    private readonly GroundRequest _request;
    private readonly ResultNames _names;
    private readonly List<string> _files = [];
    private readonly Dictionary<int, string> _stems = [];
    private readonly TimeProvider _clock;
    private readonly DicomSource? _source;

    /// <summary>Prepares the output folder, before anything expensive is computed.</summary>
    /// <exception cref="InputException">
    /// The folder cannot be written to, or holds an earlier result and <see cref="GroundRequest.Force"/> is not set, or DICOM objects are
    /// wanted of an image that none can be made of.
    /// </exception>
    /// <param name="folder">The folder; made if needed.</param>
    /// <param name="request">What is done.</param>
    /// <param name="clock">Dates the DICOM objects.</param>
    public GroundOutputs(string folder, GroundRequest request, TimeProvider clock)
    {
        _clock = clock;
        _folder = Path.GetFullPath(folder);
        _request = request;
        _names = new ResultNames(request.Image);
        if (request.DicomObjects.Count > 0 || request.Fhir)
        {
            _source = DicomSource.Read(request.Image);
            if (request.DicomObjects.Contains(DicomObjectKind.PresentationState) && _source.IsColour)
            {
                throw new InputException(
                    $"{Path.GetFileName(request.Image)}: in colour, which a grayscale presentation state cannot show; leave gsps out of "
                        + "`dicom`"
                );
            }
        }

        try
        {
            Directory.CreateDirectory(_folder);
            string probe = Path.Combine(_folder, $".{Path.GetRandomFileName()}.tmp");
            using FileStream stream = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{folder}: cannot write there ({exception.Message.TrimEnd('.')}); give another folder with `out` DIR",
                exception
            );
        }

        if (!request.Force && Earlier() is { } earlier)
        {
            throw new InputException(
                $"{Path.Combine(folder, earlier)}: an earlier result is there; replace it with `force`, or give another folder with "
                    + $"`out` DIR"
            );
        }
    }

    /// <summary>Writes everything.</summary>
    /// <param name="run">What was found.</param>
    /// <param name="montage">Whether the pictures of several phrases are also joined into one.</param>
    /// <param name="progress">Gets the written share, 0 to 1; or null.</param>
    /// <returns>The result document, already written as <c>result.json</c>.</returns>
    public GroundResult Write(GroundRun run, bool montage, IProgress<double>? progress = null)
    {
        _files.Clear();
        _stems.Clear();
        List<OverlayContent?> pictures = [];
        List<PhraseResult> phrases = [];
        foreach (PhraseAnswer answer in run.Answers)
        {
            if (answer.Grounding is not { } grounding)
            {
                phrases.Add(GroundResultBuilder.Phrase(answer, heatmap: null, overlay: null, tokens: []));
                pictures.Add(null);
                continue;
            }

            string stem = _names.Stem(answer.Asked.Asked);
            _stems[phrases.Count] = stem;
            OverlayContent content = PhraseOverlay.Of(
                run.Radiograph.Image,
                grounding,
                run.Manifest,
                run.Choice.Preset,
                answer.Asked.Asked,
                _request.Overlay
            );
            pictures.Add(content);
            string? heatmap = WriteHeatmap($"{stem}.heatmap.npy", grounding.Heatmap, grounding.ModelHeatmap);
            string? overlay = _request.Overlays ? WritePicture($"{stem}.overlay.png", OverlayRenderer.Render(content)) : null;
            phrases.Add(GroundResultBuilder.Phrase(answer, heatmap, overlay, WriteTokens(content, grounding, stem)));
            progress?.Report((double)phrases.Count / run.Answers.Count);
        }

        OverlayContent[] contents = [.. pictures.OfType<OverlayContent>()];
        if (montage && contents.Length > 1)
        {
            WritePicture($"{_names.Stem("montage")}.png", OverlayRenderer.Montage(contents));
        }

        GroundResult result = Result(run, phrases);
        if (_source is not null && _request.DicomObjects.Count > 0)
        {
            DicomFindings findings = DicomResults.DicomResults.Of(
                _source,
                run.Radiograph.Provenance,
                result,
                run.Answers,
                pictures,
                _clock.GetUtcNow()
            );
            _files.AddRange(
                DicomResults.DicomResults.Write(_folder, NameOf, _request.DicomObjects, findings).Select(written => written.File)
            );
        }

        if (_source is not null && _request.Fhir)
        {
            WriteText(FhirBundle.FileName, FhirBundle.Write(result, _source.SopClassUid));
        }

        if (_request.Html)
        {
            byte[]?[] shown = [.. pictures.Select(picture => picture is null ? null : OverlayRenderer.Render(picture, OnPage))];
            WriteText(HtmlReport.FileName, HtmlReport.Write(result, shown));
        }

        result = result with
        {
            HeatmapFiles = phrases.Count > 0 ? _request.Heatmaps : null,
            Files = [.. _files, GroundResultFile.FileName],
        };
        AtomicFile.WriteText(Path.Combine(_folder, GroundResultFile.FileName), GroundResultFile.ToJson(result) + "\n");
        return result;
    }

    private List<TokenResult> WriteTokens(OverlayContent phrase, PhraseGrounding grounding, string stem)
    {
        List<TokenResult> tokens = [];
        List<OverlayContent> contents = [];
        IReadOnlyList<string> labels = TokenLabels.Of([.. grounding.Tokens.Select(token => token.Token)]);
        foreach ((TokenGrounding token, string label) in grounding.Tokens.Zip(labels))
        {
            string piece = token.Token.Replace("</w>", "", StringComparison.Ordinal);
            string file = FormattableString.Invariant($"{stem}.token-{token.Position:00}-{ResultNames.TokenSlug(piece)}.heatmap.npy");
            string? heatmap = WriteHeatmap(file, token.Heatmap, token.ModelHeatmap);
            tokens.Add(new TokenResult(token.Token, token.Position, heatmap) { Label = label });
            contents.Add(PhraseOverlay.OfToken(phrase, token.Heatmap, label));
        }

        if (contents.Count > 0 && _request.Overlays)
        {
            WritePicture($"{stem}.tokens.png", OverlayRenderer.Montage(contents));
        }

        return tokens;
    }

    private GroundResult Result(GroundRun run, IReadOnlyList<PhraseResult> phrases)
    {
        GroundingTimings? first = run.Phrases.Count > 0 ? run.Phrases[0].Timings : null;
        return GroundResultBuilder.Build(
            new GroundResultSource
            {
                CreatedBy = ToolVersion.Cxr,
                Image = GroundResultBuilder.Image(
                    run.Radiograph,
                    Relative(_request.Image),
                    Sha256.OfFile(_request.Image),
                    identifiers: _request.DicomUids || _source is not null
                ) with
                {
                    Frame = _request.Frame,
                },
                Provenance = run.Radiograph.Provenance,
                Report = _request.Report,
                Manifest = run.Manifest,
                BundlePath = Relative(_request.Bundle),
                Calibrated = run.IsCalibrated,
                Preset = run.Choice.Preset,
                Math = run.Choice.Math,
                ChoiceReason = run.Choice.Reason,
                RequestedProvider = _request.Provider,
                Provider = run.Provider,
                Deterministic = _request.Deterministic,
                Threads = run.Threads,
                Threshold = _request.Threshold,
                TrajectorySha256 = run.Phrases.Count > 0 ? run.Phrases[0].Provenance.TrajectorySha256 : null,
                Evaluations = new EvaluationsResult(run.TrajectoryEvaluations, run.AttentionEvaluations)
                {
                    Support = run.SupportEvaluations,
                },
                Seconds = new TimingsResult(
                    GroundResultBuilder.Seconds(run.LoadTime),
                    GroundResultBuilder.Seconds(first?.EncodeImage ?? default),
                    GroundResultBuilder.Seconds(first?.Inversion ?? default),
                    GroundResultBuilder.Seconds(run.PhraseTime)
                ),
                Proof = new ProofResult(run.BundleSha256, null),
            },
            phrases
        );
    }

    /// <summary>The file of a DICOM object: named after its phrase, or after the image where it holds all phrases.</summary>
    private string NameOf(DicomObjectFile one) =>
        one.Finding is { } finding ? $"{_stems[finding]}.{one.Kind.Name()}.dcm" : $"{_names.Prefix}{one.Kind.Name()}.dcm";

    private string Relative(string path) => Path.GetRelativePath(_folder, Path.GetFullPath(path)).Replace('\\', '/');

    /// <summary>
    /// A file of an earlier result: of any image, because there is one result document, or pictures and heatmaps of this one.
    /// </summary>
    private string? Earlier()
    {
        string[] names = [.. Directory.EnumerateFiles(_folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        return names.Contains(GroundResultFile.FileName)
            ? GroundResultFile.FileName
            : Array.Find(
                names,
                name =>
                    name.StartsWith(_names.Prefix, StringComparison.Ordinal)
                    && Endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal))
            );
    }

    private string? WriteHeatmap(string file, Heatmap onImage, ModelHeatmap onModel)
    {
        if (_request.Heatmaps is not { } storage)
        {
            return null;
        }

        storage.Write(Path.Combine(_folder, file), onImage, onModel);
        _files.Add(file);
        return file;
    }

    private void WriteText(string file, string text)
    {
        AtomicFile.WriteText(Path.Combine(_folder, file), text);
        _files.Add(file);
    }

    private string WritePicture(string file, byte[] png)
    {
        AtomicFile.Write(Path.Combine(_folder, file), stream => stream.Write(png));
        _files.Add(file);
        return file;
    }
}
