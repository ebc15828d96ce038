namespace CxrOnnx.Core.Artifacts;

/// <summary>Writes what <see cref="CsvTable"/> reads.</summary>
public static class CsvText
{
    /// <summary>A line of fields, without its end; a field with a comma, a quote or a line break is quoted (RFC 4180).</summary>
    public static string Line(IEnumerable<string> fields) => string.Join(',', fields.Select(Field));

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") < 0 && text == text.Trim()
            ? text
            : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
