using System.Globalization;
using System.Reflection;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// Reads the character tables that are embedded in this assembly: one entry a line, fields separated by blanks, <c>#</c> starts a comment.
/// </summary>
internal static class EmbeddedTable
{
    /// <summary>The fields of every entry of a table.</summary>
    /// <param name="name">File name of the table, for example <c>code-pages.txt</c>.</param>
    public static IEnumerable<string[]> Rows(string name)
    {
        Assembly assembly = typeof(EmbeddedTable).Assembly;
        using Stream stream =
            assembly.GetManifestResourceStream($"CxrOnnx.Core.Tokenization.{name}")
            ?? throw new InvalidOperationException($"{assembly.GetName().Name} lacks its table {name}");
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                yield return line.Split(' ');
            }
        }
    }

    /// <summary>A code point written in hexadecimal.</summary>
    public static int CodePoint(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>The text of several code points written in hexadecimal.</summary>
    public static string Text(IEnumerable<string> codePoints) =>
        string.Concat(codePoints.Select(point => char.ConvertFromUtf32(CodePoint(point))));
}
