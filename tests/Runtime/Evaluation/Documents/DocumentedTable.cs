namespace CxrOnnx.Runtime.Tests.Evaluation.Documents;

/// <summary>
/// A Markdown table whose figures come from evaluation documents. A comment before it says which; docs/evaluations/README.md describes it.
/// </summary>
/// <param name="Where">File and line of the comment.</param>
/// <param name="Columns">For a column's title the document and what its cells say.</param>
/// <param name="Rows">The rows: what the document calls them, and their cells by column title.</param>
internal sealed record DocumentedTable(
    string Where,
    IReadOnlyDictionary<string, (string Document, FigureText Text)> Columns,
    IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Cells)> Rows
)
{
    private const string Begin = "<!-- evaluation-table";
    private const string End = "-->";

    /// <summary>The tables of a Markdown file.</summary>
    /// <exception cref="FormatException">A comment is wrong, or no table follows it.</exception>
    public static IEnumerable<DocumentedTable> In(string path, string name)
    {
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            // An indented one is an example.
            if (lines[i] == Begin)
            {
                yield return Read(lines, i, $"{name}:{i + 1}");
            }
        }
    }

    /// <summary>A cell without the marks of bold type.</summary>
    private static string Plain(string cell) => cell.Replace("**", "", StringComparison.Ordinal).Trim();

    private static DocumentedTable Read(string[] lines, int start, string where)
    {
        Dictionary<string, (string, FigureText)> columns = [];
        Dictionary<string, string> names = [];
        HashSet<string> without = [];
        int at = start + 1;
        for (; at < lines.Length && lines[at].Trim() != End; at++)
        {
            string line = lines[at].Trim();
            if (line.StartsWith("without: ", StringComparison.Ordinal))
            {
                without.UnionWith(line["without: ".Length..].Split(';', StringSplitOptions.TrimEntries));
                continue;
            }

            if (line.Split(" = ", 2) is not [var left, var right])
            {
                throw new FormatException($"{where}: \"{line}\" is none of COLUMN = DOCUMENT TEXT, row NAME = SYSTEM, without: NAMES");
            }

            if (left.StartsWith("row ", StringComparison.Ordinal))
            {
                names.Add(left["row ".Length..], right);
            }
            else
            {
                int blank = right.IndexOf(' ', StringComparison.Ordinal);
                columns.Add(left, (right[..blank], new FigureText(right[(blank + 1)..])));
            }
        }

        string[] table = [.. lines.Skip(at + 1).SkipWhile(line => line.Trim().Length == 0).TakeWhile(line => line.StartsWith('|'))];
        if (table.Length < 3)
        {
            throw new FormatException($"{where}: no table follows the comment");
        }

        string[] titles = Cells(table[0]);
        if (columns.Keys.Except(titles).FirstOrDefault() is { } missing)
        {
            throw new FormatException($"{where}: the table has no column \"{missing}\"; it has {string.Join(", ", titles)}");
        }

        List<(string, IReadOnlyDictionary<string, string>)> rows = [];
        foreach (string row in table.Skip(2))
        {
            string[] cells = Cells(row);

            // "prior: the atlas' Gaussian" and "frozen, the same layer" are the systems prior and frozen.
            string key = cells[0].Split(':', ',')[0].Trim();
            if (!without.Contains(key))
            {
                rows.Add((names.GetValueOrDefault(key, key), titles.Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second)));
            }
        }

        return new DocumentedTable(where, columns, rows);
    }

    private static string[] Cells(string row) => [.. row.Trim().Trim('|').Split('|').Select(Plain)];
}
