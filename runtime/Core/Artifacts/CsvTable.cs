using System.Globalization;
using System.Text;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// A CSV file with a head line: quoted fields, doubled quotes, line breaks inside quotes, a byte-order mark, LF or CRLF (RFC 4180).
/// </summary>
public sealed class CsvTable
{
    private readonly Dictionary<string, int> _columns;

    private CsvTable(string source, IReadOnlyList<string> header, IReadOnlyList<Row> rows)
    {
        Source = source;
        Rows = rows;
        _columns = [];
        for (int i = 0; i < header.Count; i++)
        {
            _columns.TryAdd(header[i].Trim(), i);
        }
    }

    /// <summary>Where it was read from, for messages.</summary>
    public string Source { get; }

    /// <summary>The rows below the head.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">The file is missing or no CSV; names the line.</exception>
    public static CsvTable Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

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
            line += character == '\n' ? 1 : 0;
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
            else if (character == '\n')
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
            throw new InputException($"{source} line {uneven.Line}: {uneven.Fields.Count} fields, the head has {rows[0].Fields.Count}");
        }

        return new CsvTable(source, rows[0].Fields, rows[1..]);
    }

    /// <summary>Whether there is a column.</summary>
    public bool Has(string column) => _columns.ContainsKey(column);

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
            throw new InputException($"{Source}: no column {string.Join(", ", missing)}; it has {string.Join(", ", _columns.Keys)}");
        }
    }

    /// <summary>A field as text, without blanks around it.</summary>
    public string Text(Row row, string column) => row.Fields[_columns[column]].Trim();

    /// <summary>A field as a finite number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public double Number(Row row, string column) =>
        double.TryParse(Text(row, column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw new InputException($"{Source} line {row.Line}: {column} is '{Text(row, column)}', a number was expected");

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
