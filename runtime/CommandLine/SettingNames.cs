using System.Text.RegularExpressions;

namespace CxrOnnx.CommandLine;

/// <summary>
/// Libraries name a setting in backticks (give another folder with `out`), because they do not know how it reached them; a command line
/// writes it as an option (--out).
/// </summary>
public static partial class SettingNames
{
    /// <summary>A library's message as a command line says it.</summary>
    /// <param name="text">The message.</param>
    public static string AsOptions(string text) => Setting().Replace(text, "--$1");

    [GeneratedRegex("`([a-z]+(?:-[a-z]+)*)`")]
    private static partial Regex Setting();
}
