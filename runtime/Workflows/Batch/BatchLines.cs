using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Phrases;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Writes the lines of a batch.</summary>
/// <param name="request">What the batch is to do.</param>
/// <param name="manifest">The bundle it is done with.</param>
internal sealed class BatchLines(BatchRequest request, BundleManifest manifest)
{
    /// <summary>The bundle.</summary>
    public BundleManifest Manifest => manifest;

    /// <summary>The line of a report that has no findings, or was refused; the image is not opened for it.</summary>
    public BatchLine OfReport(BatchImage image, BatchReport report) =>
        Of(image, new BatchPhrase("")) with
        {
            Report = report.Name,
            Error = report.Error,
            Findings = report.IsNormal ? 0 : null,
            Warnings = report.Reading is { } reading ? Texts(reading) : null,
        };

    /// <summary>A line without an answer yet, or with what is wrong.</summary>
    public BatchLine Of(BatchImage image, BatchPhrase phrase, string? error = null)
    {
        BatchLine line = new()
        {
            Image = image.Image,
            Frame = image.Frame,
            Phrase = phrase.Phrase,
            Category = phrase.Category,
            Error = error,
            Bundle = Manifest.Id,
            Preset = request.Preset,
            Math = request.Math == MathPrecision.Fp32.Name() ? null : request.Math,
            Threshold = request.Threshold,
            Deterministic = request.Model.Deterministic ? true : null,
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

    /// <summary>The line of an answered phrase; its files are written.</summary>
    public BatchLine Found(BatchWork work, BatchPhrase phrase, PhraseAnswer answer, BatchFiles files)
    {
        (string? heatmap, string? overlay) = answer.Grounding is { } grounding
            ? files.Write(phrase, grounding, work.Radiograph!.Image)
            : (null, null);
        PhraseResult result = GroundResultBuilder.Phrase(answer, heatmap, overlay, tokens: []);
        string[] remarks = work.Image.OfReport(phrase)?.Report.Reading is { } reading ? Texts(reading) : [];
        BatchLine line = Of(work.Image, phrase);
        return line with
        {
            Grounded = result.Grounded,
            Verdict = result.Verdict,
            Denies = result.Denies,
            Denied = result.Denied ?? line.Denied,
            Text = result.Text,
            StandardPrompt = result.StandardPrompt,
            Width = work.Radiograph!.Image.Width,
            Height = work.Radiograph!.Image.Height,
            Boxes = result.Boxes,
            Peak = result.Peak,
            Confidence = result.Confidence,
            Region = result.Region,
            Evidence = result.Evidence,
            Heatmap = heatmap,
            FieldOfView = files.FieldOfView(work.Radiograph!.Image),
            Overlay = overlay,
            Warnings = [.. work.Radiograph!.Provenance.Warnings.Concat(result.Warnings).Concat(remarks).Distinct()],
        };
    }

    private static string[] Texts(ReportReading reading) => [.. reading.Remarks.Select(remark => remark.ToString())];
}
