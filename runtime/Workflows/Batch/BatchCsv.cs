using System.Globalization;
using System.Text;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Confidence;

namespace CxrOnnx.Workflows.Batch;

/// <summary>
/// The lines of <c>cxr batch</c> as one table for spreadsheets and statistics (RFC 4180, UTF-8): the largest box in four columns, the
/// number of boxes beside it. The JSON lines hold all boxes; they remain what <c>resume</c> reads.
/// </summary>
public static class BatchCsv
{
    private static readonly (string Name, Func<BatchLine, string> Value)[] Columns =
    [
        ("image", line => line.Image),
        ("frame", line => Text(line.Frame)),
        ("phrase", line => line.Phrase),
        ("category", line => line.Category ?? ""),
        ("report", line => line.Report ?? ""),
        ("findings", line => Text(line.Findings)),
        ("error", line => line.Error ?? ""),
        ("standard_prompt", line => line.StandardPrompt ?? ""),
        ("uncertain", line => Word(line.Uncertain)),
        ("denied", line => Word(line.Denied)),
        ("width", line => Text(line.Width)),
        ("height", line => Text(line.Height)),
        ("boxes", line => line.Boxes is null ? "" : Text<int>(line.Boxes.Count)),
        ("box_x", line => Box(line, 0)),
        ("box_y", line => Box(line, 1)),
        ("box_width", line => Box(line, 2)),
        ("box_height", line => Box(line, 3)),
        ("peak_x", line => Text(line.Peak?.X)),
        ("peak_y", line => Text(line.Peak?.Y)),
        ("confidence", line => Text(line.Confidence)),
        ("region", line => line.Region is { } region ? Name(region) : ""),
        ("evidence_score", line => Text(line.Evidence?.Score)),
        ("evidence_other_side", line => line.Evidence?.OtherSide ?? ""),
        ("evidence_other_side_score", line => Text(line.Evidence?.OtherSideScore)),
        ("evidence_places_asked", line => Text(line.Evidence?.PlacesAsked)),
        ("heatmap", line => line.Heatmap ?? ""),
        ("overlay", line => line.Overlay ?? ""),
        ("warnings", line => string.Join("; ", line.Warnings ?? [])),
        ("bundle", line => line.Bundle),
        ("preset", line => line.Preset),
        ("threshold", line => Text<double>(line.Threshold)),
    ];

    /// <summary>Writes the table.</summary>
    /// <param name="path">The file; an earlier one is replaced, because it follows from the lines.</param>
    /// <param name="lines">The lines.</param>
    /// <exception cref="Core.InputException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<BatchLine> lines)
    {
        StringBuilder table = new();
        table.AppendJoin(',', Columns.Select(column => column.Name)).Append("\r\n");
        foreach (BatchLine line in lines)
        {
            table.Append(CsvText.Line(Columns.Select(column => column.Value(line)))).Append("\r\n");
        }

        AtomicFile.WriteText(path, table.ToString());
    }

    private static string Box(BatchLine line, int side) => line.Boxes is [var largest, ..] ? Text<double>(largest[side]) : "";

    private static string Text<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture) ?? "";

    private static string Word(bool? value) =>
        value switch
        {
            true => "true",
            false => "false",
            null => "",
        };

    private static string Name(RegionSupport region) => JsonNamingPolicy.SnakeCaseLower.ConvertName(region.ToString());
}
