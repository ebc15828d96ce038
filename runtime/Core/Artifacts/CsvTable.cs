using System.Globalization;
using System.Text;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// A CSV file with a head line: quoted fields, doubled quotes, line breaks inside quotes, a byte-order mark, LF, CRLF (RFC 4180) or CR.
/// Text is UTF-8, or UTF-16 with its mark; the file may be packed as gzip. Upper and lower case of column names do not matter.
/// </summary>
public sealed class CsvTable
{
    private readonly string[] _names;

    private CsvTable(string source, IReadOnlyList<string> header, IReadOnlyList<Row> rows)
    {
        Source = source;
        Rows = rows;
        _names = [.. header.Select(name => name.Trim())];
    }

    /// <summary>Where it was read from, for messages.</summary>
    public string Source { get; }

    /// <summary>The rows below the head.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Reads a file, packed as gzip or plain.</summary>
    /// <exception cref="InputException">The file is missing or no CSV; names the line.</exception>
    public static CsvTable Load(string path) => Parse(PackedFile.ReadText(path, "a CSV file"), path);

    /// <summary>Reads text.</summary>
    /// <exception cref="InputException">It is no CSV; names the line.</exception>
    public static CsvTable Parse(string text, string source)
    {
        List<Row> rows = [];
        List<string> fields = [];
        StringBuilder field = new();
        int line = 1;
        int rowLine = 1;
        bool quoted = false;
        bool wasQuoted = false;

        void EndField()
        {
            fields.Add(field.ToString());
            field.Clear();
            wasQuoted = false;
        }

        void EndRow()
        {
            EndField();
            if (fields.Count > 1 || fields[0].Length > 0)
            {
                rows.Add(new Row(rowLine, fields));
            }

            fields = [];
            rowLine = line;
        }

        for (int i = text.StartsWith('\uFEFF') ? 1 : 0; i < text.Length; i++)
        {
            char character = text[i];
            bool isLineEnd = character == '\n' || (character == '\r' && !(i + 1 < text.Length && text[i + 1] == '\n'));
            line += isLineEnd ? 1 : 0;
            if (quoted)
            {
                if (character != '"')
                {
                    field.Append(character);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = false;
                }
            }
            else if (character == '"' && field.Length == 0 && !wasQuoted)
            {
                quoted = wasQuoted = true;
            }
            else if (character == ',')
            {
                EndField();
            }
            else if (isLineEnd)
            {
                EndRow();
            }
            else if (character != '\r')
            {
                field.Append(character);
            }
        }

        if (quoted)
        {
            throw new InputException($"{source} line {rowLine}: a quoted field does not end");
        }

        if (field.Length > 0 || fields.Count > 0)
        {
            EndRow();
        }

        if (rows.Count == 0)
        {
            throw new InputException($"{source}: is empty; a line of column names was expected");
        }

        if (rows.Skip(1).FirstOrDefault(row => row.Fields.Count != rows[0].Fields.Count) is { } uneven)
        {
            throw new InputException(
                $"{source} line {uneven.Line}: {uneven.Fields.Count} fields, the head has {rows[0].Fields.Count}; "
                    + $"a field with a comma wants quotes around it"
            );
        }

        return new CsvTable(source, rows[0].Fields, rows[1..]);
    }

    /// <summary>Whether there is a column.</summary>
    public bool Has(string column) => _names.Contains(column, StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks that columns are there.</summary>
    /// <exception cref="InputException">Some are missing; names all of them.</exception>
    public void Require(params ReadOnlySpan<string> columns)
    {
        List<string> missing = [];
        foreach (string column in columns)
        {
            if (!Has(column))
            {
                missing.Add(column);
            }
        }

        if (missing.Count > 0)
        {
            throw new InputException($"{Source}: no column {string.Join(", ", missing)}; it has {string.Join(", ", _names.Distinct())}");
        }
    }

    /// <summary>A field as text, without blanks around it.</summary>
    /// <exception cref="InputException">The head has two columns of this name.</exception>
    public string Text(Row row, string column) => row.Fields[IndexOf(column)].Trim();

    /// <summary>A field as text; empty as well where it says that there is no value, as pandas does: <c>nan</c>.</summary>
    /// <exception cref="InputException">The head has two columns of this name.</exception>
    public string Value(Row row, string column) =>
        Text(row, column) is var text && string.Equals(text, "nan", StringComparison.OrdinalIgnoreCase) ? "" : text;

    /// <summary>A field as text that must be there.</summary>
    /// <exception cref="InputException">It is empty.</exception>
    public string Required(Row row, string column) =>
        Value(row, column) is { Length: > 0 } text
            ? text
            : throw new InputException($"{Source} line {row.Line}: {column} is empty; fill it in, or remove the row");

    /// <summary>A field as a finite number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public double Number(Row row, string column)
    {
        string text = Text(row, column);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : text.Length == 0
                ? throw new InputException(
                    $"{Source} line {row.Line}: {column} is empty, a number was expected; fill it in, or remove the row"
                )
            : throw new InputException(
                $"{Source} line {row.Line}: {column} is '{text}', a number was expected{NumberHint(text)}; mend it, or remove the row"
            );
    }

    /// <summary>The column of a name: the very name, else one that differs in upper and lower case only.</summary>
    private int IndexOf(string column)
    {
        foreach (
            StringComparison comparison in (ReadOnlySpan<StringComparison>)[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase]
        )
        {
            int first = Array.FindIndex(_names, name => string.Equals(name, column, comparison));
            if (first >= 0)
            {
                return Array.FindIndex(_names, first + 1, name => string.Equals(name, column, comparison)) < 0
                    ? first
                    : throw new InputException($"{Source} line 1: two columns are called {column}; remove one or give it another name");
            }
        }

        throw new InputException($"{Source}: no column {column}; it has {string.Join(", ", _names.Distinct())}");
    }

    private static string NumberHint(string text) =>
        text.Contains(',', StringComparison.Ordinal) ? " (with a point before decimals and nothing between thousands)" : "";

    /// <summary>A field as a whole number of pixels, at least 1.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public int Pixels(Row row, string column) =>
        Number(row, column) is >= 1 and <= 1_000_000 and var value && value == Math.Floor(value)
            ? (int)value
            : throw new InputException(
                $"{Source} line {row.Line}: {column} is '{Text(row, column)}', a whole number of pixels was expected"
            );

    /// <summary>A row.</summary>
    /// <param name="Line">Line of the file it begins on, from 1.</param>
    /// <param name="Fields">Its fields.</param>
    public sealed record Row(int Line, IReadOnlyList<string> Fields);
}
