using System.Text.Json;

namespace CxrOnnx.Workflows.DicomWeb;

/// <summary>The words of a structured report: what its TEXT items say, under the headings that they have.</summary>
internal static class ReportText
{
    private const string Manufacturer = "00080070";
    private const string Content = "0040A730";
    private const string ValueType = "0040A040";
    private const string ConceptName = "0040A043";
    private const string CodeMeaning = "00080104";
    private const string TextValue = "0040A160";
    private const int DeepestNesting = 16;

    /// <summary>Reads a report.</summary>
    /// <param name="dataSet">Its attributes in the DICOM JSON model.</param>
    /// <returns>Heading and text by turns, as a written report has them; null where it has no text, or is one of our own.</returns>
    public static string? Of(JsonElement dataSet)
    {
        if (DicomJson.Text(dataSet, Manufacturer) == "CxrOnnx")
        {
            return null;
        }

        List<string> lines = [];
        Collect(dataSet, "", lines, depth: 0);
        return lines.Count > 0 ? string.Join("\n\n", lines) : null;
    }

    private static void Collect(JsonElement parent, string heading, List<string> lines, int depth)
    {
        if (depth > DeepestNesting)
        {
            return;
        }

        foreach (JsonElement item in DicomJson.Items(parent, Content))
        {
            string name = DicomJson.Items(item, ConceptName).Select(code => DicomJson.Text(code, CodeMeaning)).FirstOrDefault("");
            string type = DicomJson.Text(item, ValueType);
            if (type == "TEXT" && DicomJson.Text(item, TextValue) is { Length: > 0 } text)
            {
                // In basic text reports the container has the plural ("Findings") and each of its texts the singular.
                string title = heading.Length > 0 ? heading : name;
                lines.Add(title.Length > 0 ? $"{title.ToUpperInvariant()}: {text}" : text);
            }

            Collect(item, type == "CONTAINER" && name.Length > 0 ? name : heading, lines, depth + 1);
        }
    }
}
