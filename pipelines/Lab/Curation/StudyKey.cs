using System.Text.RegularExpressions;

namespace CxrOnnx.Lab.Curation;

/// <summary>How studies and patients are named in the folders of MIMIC-CXR: <c>files/p10/p10000032/s50414267</c>.</summary>
internal static partial class StudyKey
{
    /// <summary>
    /// The identifier of a study from a path, a file name or a bare number: <c>files/p10/p10000032/s50414267.txt</c> and <c>50414267</c>
    /// are both <c>s50414267</c>. Other names stay as they are, without folder and ending.
    /// </summary>
    public static string Of(string text)
    {
        string name = text[(text.LastIndexOfAny(['/', '\\']) + 1)..];
        name = name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        return name.Length > 0 && name.All(char.IsAsciiDigit) ? "s" + name : name;
    }

    /// <summary>The identifier of the patient that a path names in one of its folders, or null.</summary>
    public static string? PatientOf(string path) =>
        Patient().Match(path.Replace('\\', '/')) is { Success: true } match ? match.Groups[1].Value : null;

    // The outer folder "p10" has two digits, the patient's eight.
    [GeneratedRegex(@"(?:^|/)(p\d{4,})(?:/|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Patient();
}
