namespace CxrOnnx.CommandLine;

/// <summary>Columns separated by two spaces: what a log or a pipe wants to see.</summary>
public static class PlainTable
{
    /// <summary>Writes head and rows; the last column is not padded.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths =
        [
            .. headers.Select(
                (header, column) =>
                    Math.Max(header.Length, rows.Select(row => column < row.Count ? row[column].Length : 0).DefaultIfEmpty().Max())
            ),
        ];
        foreach (IReadOnlyList<string> row in (IEnumerable<IReadOnlyList<string>>)[headers, .. rows])
        {
            writer.WriteLine(
                string.Join("  ", row.Select((cell, column) => column == row.Count - 1 ? cell : cell.PadRight(widths[column]))).TrimEnd()
            );
        }
    }
}
