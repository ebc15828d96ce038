using CxrOnnx.Core.Prompts;

namespace CxrOnnx.CommandLine;

/// <summary>Guesses which of some names a mistyped one was meant to be.</summary>
public static class NearestName
{
    /// <summary>For example <c>; did you mean --deterministic?</c>; empty where none is near.</summary>
    /// <param name="written">What was written.</param>
    /// <param name="names">What there is.</param>
    public static string Suggestion(string written, IReadOnlyList<string> names)
    {
        int most = Math.Max(1, written.TrimStart('-').Length / 3);
        string? nearest = Enumerable
            .Range(1, most)
            .Select(errors => names.FirstOrDefault(name => TypingErrors.AtMost(written, name, errors)))
            .FirstOrDefault(name => name is not null);
        nearest ??= names.FirstOrDefault(name => written.TrimStart('-').Length >= 3 && name.StartsWith(written, StringComparison.Ordinal));
        return nearest is null ? "" : $"; did you mean {nearest}?";
    }
}
