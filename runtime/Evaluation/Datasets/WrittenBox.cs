using System.Globalization;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>Four numbers of an annotation file that make a box, with their place and their names for messages.</summary>
/// <param name="Where">The place: "FILE line 7".</param>
/// <param name="Names">Names of the numbers: left, top, then width and height or right and bottom.</param>
/// <param name="Values">The numbers, finite.</param>
/// <param name="HasEdges">Whether the last two are the far edges.</param>
internal sealed record WrittenBox(string Where, IReadOnlyList<string> Names, IReadOnlyList<double> Values, bool HasEdges)
{
    private static readonly string[] Sizes = ["x", "y", "w", "h"];
    private static readonly string[] Edges = ["x1", "y1", "x2", "y2"];

    /// <summary>The box, in the unit of the file.</summary>
    public PixelBox Box =>
        HasEdges
            ? PixelBox.FromEdges(Values[0], Values[1], Values[2], Values[3])
            : new PixelBox(Values[0], Values[1], Values[2], Values[3]);

    /// <summary>The numbers as they stand in the file.</summary>
    public string Text => string.Join(", ", Names.Zip(Values, (name, value) => $"{name} {value.ToString(CultureInfo.InvariantCulture)}"));

    /// <summary>A box of left, top, width and height in four columns.</summary>
    /// <exception cref="InputException">One is no number.</exception>
    public static WrittenBox OfSize(CsvTable table, CsvTable.Row row, params string[] columns) =>
        OfRow(table, row, columns, hasEdges: false);

    /// <summary>A box of left, top, right and bottom in four columns.</summary>
    /// <exception cref="InputException">One is no number.</exception>
    public static WrittenBox OfEdges(CsvTable table, CsvTable.Row row, params string[] columns) =>
        OfRow(table, row, columns, hasEdges: true);

    /// <summary>A box of four numbers in a JSON array.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static WrittenBox OfJson(JsonElement array, string where, bool hasEdges)
    {
        double[] values =
            array.ValueKind == JsonValueKind.Array
            && array.GetArrayLength() == 4
            && array
                .EnumerateArray()
                .All(item => item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out double value) && double.IsFinite(value))
                ? [.. array.EnumerateArray().Select(item => item.GetDouble())]
                : throw new InputException(
                    $"{where}: the box is {JsonFields.Shown(array)}, four numbers "
                        + $"({string.Join(", ", hasEdges ? Edges : Sizes)}) were expected; mend it, "
                        + $"or remove it"
                );
        return new WrittenBox(where, hasEdges ? Edges : Sizes, values, hasEdges);
    }

    /// <summary>The same box in other units.</summary>
    public WrittenBox Scaled(double x, double y) => this with { Values = [Values[0] * x, Values[1] * y, Values[2] * x, Values[3] * y] };

    private static WrittenBox OfRow(CsvTable table, CsvTable.Row row, string[] columns, bool hasEdges) =>
        new($"{table.Source} line {row.Line}", columns, [.. columns.Select(column => table.Number(row, column))], hasEdges);
}
