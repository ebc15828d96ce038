using System.Globalization;
using System.Net;
using System.Text;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Reports;

/// <summary>
/// A result as one HTML page that reads like a structured report: what was found, what the report denies, what was not read, the pictures.
/// It needs no other file and fetches nothing. Everything that came from outside is escaped. It names no patient and no identifier.
/// </summary>
public static class HtmlReport
{
    /// <summary>Name of the file in the output folder.</summary>
    public const string FileName = "report.html";

    private const string Style = """
        :root{color-scheme:light dark;--line:#8886;--soft:#888}
        body{font:16px/1.5 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem}
        .warn{border:2px solid #b45309;border-radius:6px;padding:.6rem 1rem;font-weight:600}
        article{border-top:1px solid var(--line);padding:1rem 0;display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1.5rem}
        article.bare{display:block}h1{font-size:1.5rem}h2{font-size:1.25rem;margin:.2rem 0}
        img{max-width:100%;border-radius:4px}blockquote{margin:.5rem 0;padding-left:.8rem;border-left:3px solid var(--line)}
        .tag{display:inline-block;border:1px solid var(--line);border-radius:999px;padding:0 .6rem;margin:.2rem .3rem .2rem 0}
        .supported{border-color:#15803d;color:#15803d}.doubt{border-color:#b45309;color:#b45309}.none{color:var(--soft)}
        table{border-collapse:collapse;font-size:.9rem}td,th{text-align:left;padding:.15rem .9rem .15rem 0;vertical-align:top}
        th{font-weight:600}.soft{color:var(--soft);font-size:.9rem}
        @media(max-width:700px){article{display:block}}@media print{article{break-inside:avoid}}
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="result">The result.</param>
    /// <param name="pictures">A PNG for each of its phrases, in their order; null where there is none.</param>
    public static string Write(GroundResult result, IReadOnlyList<byte[]?> pictures)
    {
        StringBuilder page = new();
        page.Append(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Phrase grounding</title>\n<style>\n"
        );
        page.Append(Style).Append("\n</style>\n</head>\n<body>\n<h1>Phrase grounding of a chest radiograph</h1>\n");
        page.Append(
            "<p class=\"warn\">Research use only, not for diagnostic use. A box says where the words of a phrase point; whether the "
                + "finding is there is said by the verdict, where there is one.</p>\n"
        );
        page.Append(CultureInfo.InvariantCulture, $"<p>{Text(Summary(result))}</p>\n<h2>Findings</h2>\n");
        if (result.Phrases.Count == 0)
        {
            page.Append("<p>None: the report names no finding that is present.</p>\n");
        }

        for (int i = 0; i < result.Phrases.Count; i++)
        {
            Phrase(page, result, result.Phrases[i], pictures[i]);
        }

        Report(page, result.Report);
        List(page, "Remarks on the image", result.Image.Warnings);
        How(page, result);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Summary(GroundResult result)
    {
        int boxed = result.Phrases.Count(phrase => phrase.Boxes.Count > 0);
        int uncertain = result.Phrases.Count(phrase => phrase.Uncertain == true);
        int denied = result.Phrases.Count(phrase => phrase.Denied == true) + (result.Report?.Denied.Count ?? 0);
        return $"{result.Phrases.Count} phrase(s), {boxed} with a box, {uncertain} uncertain in the report, {denied} denied.";
    }

    private static void Phrase(StringBuilder page, GroundResult result, PhraseResult phrase, byte[]? picture)
    {
        page.Append(picture is null ? "<article class=\"bare\">\n<div>\n" : "<article>\n<div>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h3>{Text(phrase.Phrase)}</h3>\n<p>");
        Tag(page, phrase.Verdict ?? "confidence unknown", ClassOf(phrase));
        if (phrase.Uncertain is { } uncertain)
        {
            Tag(page, uncertain ? "uncertain in the report" : "certain in the report", uncertain ? "doubt" : "");
        }

        page.Append("</p>\n");
        if (phrase.Sentence is { } sentence)
        {
            page.Append(CultureInfo.InvariantCulture, $"<blockquote>{Text(sentence)}</blockquote>\n");
        }

        if (phrase.Grounded is { } grounded && grounded != phrase.Phrase)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>Grounded as: {Text(grounded)}</p>\n");
        }

        if (phrase.Denied != true)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">{Text(VerdictNotes.Of(phrase.Region))}</p>\n");
            Boxes(page, result, phrase);
        }

        foreach (DeniedResult denied in phrase.Denies ?? [])
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>Not grounded, {Text(denied.Sense)}: {Text(denied.Pathology)}</p>\n");
        }

        foreach (string warning in phrase.Warnings.Except(result.Image.Warnings))
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">{Text(warning)}</p>\n");
        }

        page.Append("</div>\n");
        if (picture is not null)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"<img alt=\"Attention map and boxes of: {Text(phrase.Phrase)}\" src=\"data:image/png;base64,{Convert.ToBase64String(picture)}\">\n"
            );
        }

        page.Append("</article>\n");
    }

    private static void Boxes(StringBuilder page, GroundResult result, PhraseResult phrase)
    {
        if (phrase.Boxes.Count == 0)
        {
            page.Append("<p>No box.</p>\n");
            return;
        }

        page.Append("<table>\n<tr><th>box</th><th>x, y</th><th>width × height</th></tr>\n");
        for (int i = 0; i < phrase.Boxes.Count; i++)
        {
            IReadOnlyList<double> box = phrase.Boxes[i];
            string size = string.Create(CultureInfo.InvariantCulture, $"{box[2]:0} × {box[3]:0} px");
            if (phrase.BoxesMm is { } sizes)
            {
                size += string.Create(CultureInfo.InvariantCulture, $" = {sizes[i][0]:0.#} × {sizes[i][1]:0.#} mm");
            }

            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{i + 1}</td><td>{box[0]:0}, {box[1]:0}</td><td>{size}</td></tr>\n");
        }

        page.Append("</table>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">{Text(SizeNote(result.Image.Dicom))}</p>\n");
    }

    private static string SizeNote(DicomResult? dicom) =>
        dicom switch
        {
            { SizesAt: "patient" } => "Pixels of the upright picture; millimetres by the calibrated pixel spacing.",
            { SizesAt: "unspecified" } =>
                "Pixels of the upright picture; millimetres by a pixel spacing of which the file does not say whether it was calibrated.",
            { SizesAt: not null } =>
                "Pixels of the upright picture; millimetres at the detector, where everything is larger than in the patient.",
            _ => "Pixels of the upright picture; the file does not say how large a pixel is.",
        };

    private static void Report(StringBuilder page, ReportResult? report)
    {
        if (report is null)
        {
            return;
        }

        List(
            page,
            "Denied by the report",
            report.Denied.Select(denied =>
                $"{denied.Pathology}{(denied.Locations.Count > 0 ? $" ({string.Join(", ", denied.Locations)})" : "")}: {denied.Sense} "
                + $"(“{denied.Sentence}”)"
            )
        );
        List(
            page,
            "Not read",
            report.SkippedSections.Select(section =>
                $"{(section.Name.Length > 0 ? section.Name : "text before the first heading")}: {section.Reason}, {section.Sentences} "
                + "sentence(s)"
            )
        );
        List(page, "Remarks on the report", report.Remarks);
    }

    private static void How(StringBuilder page, GroundResult result)
    {
        (string Name, string Value)[] rows =
        [
            ("image", $"{result.Image.Width} × {result.Image.Height} {result.Image.Format}, SHA-256 {result.Image.Sha256}"),
            ("model", $"{result.Bundle.Model}, bundle {result.Bundle.Id}"),
            ("preset", $"{result.Preset}, {result.Provider.Math}, on {result.Provider.Used}"),
            ("threshold", result.Threshold.ToString(CultureInfo.InvariantCulture)),
            ("made by", result.CreatedBy),
        ];
        page.Append("<h2>How it was made</h2>\n<table>\n");
        foreach ((string name, string value) in rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><th>{name}</th><td>{Text(value)}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void List(StringBuilder page, string title, IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        if (all.Length == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n<ul>\n");
        foreach (string line in all)
        {
            page.Append(CultureInfo.InvariantCulture, $"<li>{Text(line)}</li>\n");
        }

        page.Append("</ul>\n");
    }

    private static void Tag(StringBuilder page, string text, string kind) =>
        page.Append(CultureInfo.InvariantCulture, $"<span class=\"tag {kind}\">{Text(text)}</span>");

    private static string ClassOf(PhraseResult phrase) =>
        phrase switch
        {
            { Denied: true } => "none",
            { Region: Core.Confidence.RegionSupport.Supported } => "supported",
            { Region: Core.Confidence.RegionSupport.NoRegion } => "none",
            _ => "doubt",
        };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
