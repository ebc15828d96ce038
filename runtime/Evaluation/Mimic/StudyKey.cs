using System.Text.RegularExpressions;

namespace CxrOnnx.Evaluation.Mimic;

/// <summary>How studies and patients are named in the folders of MIMIC-CXR: <c>files/p10/p10000032/s50414267</c>.</summary>
public static partial class StudyKey
{
    /// <summary>
    /// The identifier of a study from a path, a file name or a bare number: <c>files/p10/p10000032/s50414267.txt</c> and <c>50414267</c>
    /// are both <c>s50414267</c>, as is <c>50414267.0</c>, which pandas makes of a column with gaps. Other names stay as they are, without
    /// folder and ending.
    /// </summary>
    public static string Of(string text)
    {
        string name = text[(text.LastIndexOfAny(['/', '\\']) + 1)..];
        name = name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        return Number(name, 's') is { } number ? "s" + number : name;
    }

    /// <summary>The study that a path names in one of its folders, or as a report's file name; null where it names none.</summary>
    public static string? OfPath(string path) =>
        Study().Match(path.Replace('\\', '/')) is { Success: true } match ? "s" + match.Groups[1].Value : null;

    /// <summary>The identifier of a patient from a number: <c>10000032</c>, <c>p10000032</c> and <c>10000032.0</c> are one.</summary>
    /// <returns>Null where the text is no number.</returns>
    public static string? Patient(string text) => Number(text.Trim(), 'p') is { } number ? "p" + number : null;

    /// <summary>The identifier of the patient that a path names in one of its folders, or null.</summary>
    public static string? PatientOf(string path) =>
        PatientFolder().Match(path.Replace('\\', '/')) is { Success: true } match ? "p" + match.Groups[1].Value : null;

    private static string? Number(string text, char letter)
    {
        string digits = text.Length > 1 && char.ToLowerInvariant(text[0]) == letter ? text[1..] : text;
        digits = digits.EndsWith(".0", StringComparison.Ordinal) ? digits[..^2] : digits;
        return digits.Length > 0 && digits.All(char.IsAsciiDigit) ? digits : null;
    }

    // The outer folder "p10" has two digits, the patient's eight.
    [GeneratedRegex(@"(?:^|/)[pP](\d{4,})(?:/|$)", RegexOptions.CultureInvariant)]
    private static partial Regex PatientFolder();

    [GeneratedRegex(@"(?:^|/)[sS](\d{4,})(?:/|\.txt$|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Study();
}
