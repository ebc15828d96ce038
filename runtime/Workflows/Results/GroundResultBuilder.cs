using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Workflows.Results;

/// <summary>
/// Makes the result document (<see cref="GroundResult"/>) and its parts: the only place that does, so that the command, the service, the
/// batch and a library user write the same fields with the same meaning and rounding.
/// </summary>
public static class GroundResultBuilder
{
    /// <summary>The whole document.</summary>
    /// <param name="source">What was done, and with what.</param>
    /// <param name="phrases">
    /// One entry per phrase, of <see cref="Phrase(PhraseAnswer, string?, string?, IReadOnlyList{TokenResult})"/>.
    /// </param>
    public static GroundResult Build(GroundResultSource source, IReadOnlyList<PhraseResult> phrases) =>
        new()
        {
            SchemaVersion = GroundResult.CurrentSchemaVersion,
            CreatedBy = source.CreatedBy,
            Image = source.Image,
            Bundle = new BundleResult(source.BundlePath, source.Manifest.Id, source.Manifest.Model.Name, source.Manifest.Precision)
            {
                Calibrated = source.Calibrated,
            },
            Preset = source.Preset,
            Provider = new ProviderResult(
                source.RequestedProvider,
                source.Provider.Name,
                source.Provider.Reason,
                ExecutionProviders.RuntimeVersion
            )
            {
                Math = source.Math.Name(),
                Choice = source.ChoiceReason,
                Deterministic = source.Deterministic,
                Threads = source.Deterministic ? source.Threads : null,
            },
            Threshold = source.Threshold,
            TrajectorySha256 = source.TrajectorySha256,
            Evaluations = source.Evaluations,
            Seconds = source.Seconds,
            Proof = source.Proof,
            Report = source.Report is null ? null : Report(source.Report),
            Phrases = [.. phrases.Select(phrase => Complete(phrase, source))],
        };

    private static PhraseResult Complete(PhraseResult phrase, GroundResultSource source)
    {
        PhraseResult read = source.Report is null ? phrase : OfReport(phrase, source.Report);
        return source.Provenance is null ? read : BoxSizes.Add(read, source.Provenance);
    }

    /// <summary>The description of a radiograph.</summary>
    /// <param name="radiograph">The radiograph.</param>
    /// <param name="file">Its path relative to the result, or null.</param>
    /// <param name="sha256">SHA-256 of its file.</param>
    /// <param name="identifiers">
    /// Whether a DICOM file's study, series and instance are named, which an archive can trace to a patient.
    /// </param>
    public static ImageResult Image(Radiograph radiograph, string? file, string sha256, bool identifiers = false)
    {
        RadiographProvenance read = radiograph.Provenance;

        // The square does not depend on the model's size.
        PixelBox view = new ImageTransform(radiograph.Image.Size, 1).FieldOfView;
        return new ImageResult(
            file,
            sha256,
            radiograph.Image.Width,
            radiograph.Image.Height,
            read.Format.ToString().ToLowerInvariant(),
            read.Bits,
            read.Samples,
            SnakeCase(read.Orientation.ToString()),
            read.Dicom is { } dicom
                ? new DicomResult(dicom.TransferSyntax, dicom.DecompressedBy, dicom.Modality, dicom.Voi, dicom.Inverted)
                {
                    ImagerPixelSpacing = Spacing(read.ImagerPixelSpacing),
                    PixelSpacing = Spacing(read.PixelSpacing),
                    SizesBy = BoxSizes.SpacingOf(read)?.Name,
                    SizesAt = BoxSizes.SpacingOf(read)?.Place,
                    StoredWidth = read.StoredWidth,
                    StoredHeight = read.StoredHeight,
                    StudyInstanceUid = identifiers ? read.Identifiers?.StudyInstanceUid : null,
                    SeriesInstanceUid = identifiers ? read.Identifiers?.SeriesInstanceUid : null,
                    SopInstanceUid = identifiers ? read.Identifiers?.SopInstanceUid : null,
                }
                : null,
            read.Warnings
        )
        {
            FieldOfView = Box(view),
        };
    }

    /// <summary>The entry of a phrase as it was asked for: with what was made of it.</summary>
    /// <param name="answer">The phrase and what was found for it.</param>
    /// <param name="heatmap">Where its heatmap is; see <see cref="PhraseResult.Heatmap"/>.</param>
    /// <param name="overlay">Where its picture is.</param>
    /// <param name="tokens">The heatmaps of its sub-tokens.</param>
    public static PhraseResult Phrase(PhraseAnswer answer, string? heatmap, string? overlay, IReadOnlyList<TokenResult> tokens)
    {
        AskedPhrase asked = answer.Asked;
        PhraseResult phrase = answer.Grounding is { } grounding ? Phrase(grounding, heatmap, overlay, tokens) : NotGrounded(asked);
        return phrase with
        {
            Phrase = asked.Asked,
            Denies = asked.Denies.Count > 0 ? [.. asked.Denies.Select(Denied)] : null,
            ReadsAsReport = asked.IsSentence ? true : null,
            Warnings = [.. phrase.Warnings.Concat(asked.Remarks)],
        };
    }

    /// <summary>A phrase that says of all it names that it is not there.</summary>
    private static PhraseResult NotGrounded(AskedPhrase asked) =>
        new()
        {
            Phrase = asked.Asked,
            Text = "",
            Verdict = $"{string.Join(" and ", asked.Denies.Select(statement => SenseWords.Of(statement.Sense)).Distinct())} by the phrase",
            StandardPrompt = null,
            Pathology = null,
            Locations = [],
            Denied = true,
            Tokens = [],
            Boxes = [],
            Peak = null,
            Heatmap = null,
            Overlay = null,
            TokenHeatmaps = [],
            Seconds = 0,
            Warnings = [],
        };

    /// <summary>The entry of one phrase that was grounded as it stands.</summary>
    /// <param name="grounding">What was found.</param>
    /// <param name="heatmap">Where its heatmap is; see <see cref="PhraseResult.Heatmap"/>.</param>
    /// <param name="overlay">Where its picture is.</param>
    /// <param name="tokens">The heatmaps of its sub-tokens.</param>
    public static PhraseResult Phrase(PhraseGrounding grounding, string? heatmap, string? overlay, IReadOnlyList<TokenResult> tokens)
    {
        StandardPrompt? prompt = grounding.Prompt;
        return new PhraseResult
        {
            Phrase = grounding.Phrase.Phrase,
            Grounded = grounding.Phrase.Phrase,
            Text = grounding.Phrase.Text,
            Verdict = ConfidenceWords.Of(grounding.Confidence, grounding.Gap),
            StandardPrompt = prompt?.Text,
            Pathology = prompt?.Pathology.Name,
            Locations = [.. prompt?.Locations.Select(location => location.Name) ?? []],
            Tokens = grounding.Phrase.Tokens,
            Boxes = [.. grounding.Regions.Select(region => Box(region.Box))],
            Peak = grounding.Peak is { } peak ? new PeakResult(peak.X, peak.Y, Math.Round(peak.Value, 6)) : null,
            Focus = Math.Round(grounding.Focus, 4),
            Heatmap = heatmap,
            Overlay = overlay,
            TokenHeatmaps = tokens,
            Confidence = grounding.Confidence is { } confidence ? Math.Round(confidence.Probability, 4) : null,
            Region = grounding.Confidence?.Region,
            Evidence = grounding.Evidence is { } evidence
                ? new EvidenceResult(
                    Math.Round(evidence.Score, 5),
                    evidence.OtherSide,
                    evidence.OtherSideScore is { } other ? Math.Round(other, 5) : null,
                    evidence.PlacesAsked
                )
                : null,
            Seconds = Seconds(grounding.Timings.Text + grounding.Timings.Attention + grounding.Timings.Support),
            Warnings = grounding.Warnings,
        };
    }

    /// <summary>What was read out of a report.</summary>
    /// <param name="reading">The reading.</param>
    public static ReportResult Report(ReportReading reading) =>
        new(
            reading.Findings.Count,
            [.. reading.Denied.Select(Denied)],
            [
                .. reading.SkippedSections.Select(section => new SkippedSectionResult(
                    section.Name,
                    section.Reason,
                    section.Sentences,
                    section.Characters
                )),
            ],
            [.. reading.Remarks.Select(remark => remark.ToString())],
            reading.OtherLanguage
        );

    private static DeniedResult Denied(ReportStatement statement) =>
        new(
            statement.Pathology.Name,
            [.. statement.Locations.Select(location => location.Name)],
            SnakeCase(statement.Sense.ToString()),
            statement.Sentence
        );

    /// <summary>A phrase with what the report says of it, where it came from there.</summary>
    private static PhraseResult OfReport(PhraseResult phrase, ReportReading report) =>
        report.Findings.FirstOrDefault(finding => finding.Prompt.Text == phrase.Phrase) is { } found
            ? phrase with
            {
                Uncertain = found.IsUncertain,
                Sentence = string.Join(" ", found.Sentences),
                Denied = false,
            }
            : phrase;

    /// <summary>Time as the documents write it: seconds, rounded to a tenth of a millisecond.</summary>
    public static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 4);

    private static IReadOnlyList<double>? Spacing(PixelSpacing? spacing) => spacing is { } known ? [known.Row, known.Column] : null;

    private static IReadOnlyList<double> Box(PixelBox box) => [box.X, box.Y, box.Width, box.Height];

    /// <summary>MirrorHorizontally -> mirror_horizontally, Rotate180 -> rotate_180.</summary>
    private static string SnakeCase(string name) =>
        string.Concat(
            name.Select(
                (letter, i) =>
                    i > 0 && (char.IsUpper(letter) || (char.IsDigit(letter) && !char.IsDigit(name[i - 1])))
                        ? $"_{char.ToLowerInvariant(letter)}"
                        : char.ToLowerInvariant(letter).ToString()
            )
        );
}
