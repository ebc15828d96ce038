namespace CxrOnnx.Workflows.DicomWeb;

/// <summary>A series of an archive. (A class: printing it shows nothing.)</summary>
/// <param name="study">Study Instance UID.</param>
/// <param name="series">Series Instance UID.</param>
public sealed class DicomWebSeries(string study, string series)
{
    private const int LongestUid = 64;

    /// <summary>Study Instance UID.</summary>
    public string Study { get; } = study;

    /// <summary>Series Instance UID.</summary>
    public string Series { get; } = series;

    /// <summary>Whether both are identifiers, so that they can stand in an address.</summary>
    internal bool IsWhole => IsUid(Study) && IsUid(Series);

    /// <summary>Digits and dots, 64 at most.</summary>
    internal static bool IsUid(string text) =>
        text.Length is > 0 and <= LongestUid && text.All(letter => char.IsAsciiDigit(letter) || letter == '.');
}
