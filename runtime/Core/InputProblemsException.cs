using System.Globalization;

namespace CxrOnnx.Core;

/// <summary>Several things are wrong with the input; the message is a list, a line each.</summary>
public sealed class InputProblemsException : CxrOnnxException
{
    /// <summary>So many are shown; the rest is counted.</summary>
    private const int Shown = 50;

    /// <summary>Makes the list.</summary>
    /// <param name="consequence">What follows; for example <c>nothing was computed</c>.</param>
    /// <param name="problems">At least one line.</param>
    public InputProblemsException(string consequence, IReadOnlyList<string> problems)
        : base(Text(consequence, problems)) => Problems = [.. problems];

    /// <summary>What is wrong, a line each.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>The whole list, however long, and where it was thrown.</summary>
    public override string ToString() => $"{string.Join("\n", Problems)}\n{base.ToString()}";

    private static string Text(string consequence, IReadOnlyList<string> problems)
    {
        string more =
            problems.Count > Shown
                ? string.Create(CultureInfo.InvariantCulture, $"\n  and {problems.Count - Shown} more (`verbose` shows all)")
                : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{problems.Count} things are wrong with the input; {consequence}:\n  {string.Join("\n  ", problems.Take(Shown))}{more}"
        );
    }
}
