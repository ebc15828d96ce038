using System.Globalization;
using System.Text.RegularExpressions;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>The range of gray values that the reader took where a file names no window.</summary>
internal static partial class DicomPercentiles
{
    /// <summary>Reads it off the branch that the reader names.</summary>
    /// <param name="voi">VOI branch of <see cref="Radiographs.DicomRendering"/>.</param>
    /// <returns>The range in modality values; null where another branch was taken.</returns>
    public static (double Low, double High)? Of(string voi) =>
        Range().Match(voi) is { Success: true } match ? (Number(match.Groups[1]), Number(match.Groups[2])) : null;

    private static double Number(Group group) => double.Parse(group.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^percentiles ([0-9.E+-]+?)\.\.([0-9.E+-]+)$")]
    private static partial Regex Range();
}
