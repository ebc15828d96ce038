using System.Globalization;
using System.Text;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// A CSV file with a head line: quoted fields, doubled quotes, line breaks inside quotes, a byte-order mark, LF, CRLF (RFC 4180) or CR.
/// Text is UTF-8, or UTF-16 with its mark.
/// </summary>
public sealed class CsvTable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16 = new(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding BigEndianUtf16 = new(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true);

    private readonly Dictionary<string, int> _columns;
    private readonly HashSet<string> _twice = [];

    private CsvTable(string source, IReadOnlyList<string> header, IReadOnlyList<Row> rows)
    {
        Source = source;
        Rows = rows;
        _columns = [];
        for (int i = 0; i < header.Count; i++)
        {
            string name = header[i].Trim();
            if (!_columns.TryAdd(name, i))
            {
                _twice.Add(name);
            }
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
            return Parse(Decode(File.ReadAllBytes(path), path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static string Decode(byte[] bytes, string source)
    {
        if (bytes is [0x1F, 0x8B, ..] or [(byte)'P', (byte)'K', 3, 4, ..])
        {
            throw new InputException($"{source}: is a compressed file, a CSV file was expected; unpack it, or save the table as CSV");
        }

        try
        {
            string text =
                bytes is [0xFF, 0xFE, ..] ? Utf16.GetString(bytes)
                : bytes is [0xFE, 0xFF, ..] ? BigEndianUtf16.GetString(bytes)
                : Utf8.GetString(bytes);
            int nul = text.IndexOf('\0', StringComparison.Ordinal);
            return nul < 0
                ? text
                : throw new InputException(
                    $"{source} line {LineOf(text.AsSpan(0, nul))}: holds a zero byte, so it is no text; save the table as UTF-8"
                );
        }
        catch (DecoderFallbackException exception) when (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new InputException($"{source}: is not the UTF-16 that its mark says; save it as UTF-8", exception);
        }
        catch (DecoderFallbackException exception)
        {
            int at = ValidLength(bytes);
            string before = Encoding.UTF8.GetString(bytes, 0, at);
            int lineStart = Math.Max(
                Array.LastIndexOf(bytes, (byte)'\n', Math.Max(0, at - 1)),
                Array.LastIndexOf(bytes, (byte)'\r', Math.Max(0, at - 1))
            );
            throw new InputException(
                $"{source} line {LineOf(before)}: is not UTF-8 (byte {at - lineStart} of the line is 0x{bytes[at]:X2}); save the file "
                    + $"as UTF-8",
                exception
            );
        }
    }

    /// <summary>Bytes before the first that is not UTF-8.</summary>
    private static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        while (
            length < bytes.Length && Rune.DecodeFromUtf8(bytes[length..], out _, out int consumed) == System.Buffers.OperationStatus.Done
        )
        {
            length += consumed;
        }

        return Math.Min(length, bytes.Length - 1);
    }

    private static int LineOf(ReadOnlySpan<char> before) => 1 + before.Count('\n') + before.Count('\r') - before.Count("\r\n");

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
    /// <exception cref="InputException">The head has two columns of this name.</exception>
    public string Text(Row row, string column) =>
        _twice.Contains(column)
            ? throw new InputException($"{Source} line 1: two columns are called {column}; remove one or give it another name")
            : row.Fields[_columns[column]].Trim();

    /// <summary>A field as a finite number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public double Number(Row row, string column) =>
        double.TryParse(Text(row, column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw new InputException(
                $"{Source} line {row.Line}: {column} is '{Text(row, column)}', a number was expected{NumberHint(Text(row, column))}"
            );

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
