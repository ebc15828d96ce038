using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Commands;

/// <summary>What <c>cxr ground</c> shows of a result.</summary>
internal static class GroundReport
{
    private const int FilesOnALine = 3;

    /// <summary>Shows a result.</summary>
    /// <param name="result">The result, as written.</param>
    /// <param name="confidence">Whether a confidence was asked for.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="output">The terminal.</param>
    public static void Show(GroundResult result, bool confidence, string folder, CommandOutput output)
    {
        bool calibrated = result.Bundle.Calibrated == true;
        bool hasVerdicts = calibrated || result.Phrases.Any(phrase => phrase.Denied == true);
        bool isRead = result.Phrases.Any(IsRead);
        if (result.Phrases.Count > 0)
        {
            output.Table(
                [
                    "phrase",
                    .. isRead ? (string[])["grounded as"] : [],
                    .. hasVerdicts ? (string[])["confidence"] : [],
                    "box (x, y, width, height)",
                    "peak",
                    "focus",
                    "time",
                ],
                [.. result.Phrases.Select(phrase => Row(phrase, isRead, hasVerdicts))]
            );
        }

        foreach (
            string note in result.Phrases.Where(phrase => phrase.Denied != true).Select(phrase => VerdictNotes.Of(phrase.Region)).Distinct()
        )
        {
            if (calibrated)
            {
                output.Line(note);
            }
        }

        if (!calibrated && confidence)
        {
            output.Line(
                $"bundle {result.Bundle.Id} is not calibrated: boxes are drawn whether or not the image supports the phrase "
                    + $"(docs/confidence.md)"
            );
        }

        TimingsResult seconds = result.Seconds;
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Image.Width} x {result.Image.Height} {result.Image.Format}, {result.Bundle.Model} {result.Bundle.Id}, preset "
                    + $"{Choice(result)}, {Provider(result.Provider)}"
            )
        );
        output.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"load {seconds.Load:0.00} s, trajectory {seconds.EncodeImage + seconds.Inversion:0.00} s "
                    + $"({result.Evaluations.Trajectory} U-Net evaluations, shared by all phrases), phrases {seconds.Phrases:0.00} s "
                    + $"({result.Evaluations.Attention} truncated "
                    + $"evaluations{OnNoise(result)})"
            )
        );
        ShowFiles(result.Files!, folder, output);
    }

    private static string OnNoise(GroundResult result)
    {
        string[] uses =
        [
            .. result.Phrases.Any(phrase => phrase.Evidence is not null) ? new[] { "the evidence" } : [],
            .. result.Bundle.Calibrated == true ? new[] { "the confidence" } : [],
        ];
        return uses.Length == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", {result.Evaluations.Support} whole ones for {string.Join(" and ", uses)}");
    }

    private static string Choice(GroundResult result) =>
        result.Provider is { Choice: { } reason } && reason != ComputeChoice.Asked
            ? $"{result.Preset} ({result.Provider.Math}; {reason})"
            : $"{result.Preset} ({result.Provider.Math})";

    /// <summary>The loader's own words are in the result; people get the place where they are explained.</summary>
    private static string Provider(ProviderResult provider) =>
        provider is { Requested: "auto", Used: "cpu" } ? "on cpu (why no GPU: cxr doctor)" : $"on {provider.Used}";

    private static void ShowFiles(IReadOnlyList<string> files, string folder, CommandOutput output)
    {
        if (files.Count <= FilesOnALine)
        {
            output.Line($"results in {folder}: {string.Join(", ", files)}");
            return;
        }

        output.Line($"results in {folder}, {files.Count} files:");
        foreach (string file in files)
        {
            output.Line($"  {file}");
        }
    }

    /// <summary>Whether another text was grounded than the phrase.</summary>
    private static bool IsRead(PhraseResult phrase) => phrase.Grounded is { } grounded && grounded != phrase.Phrase;

    private static IReadOnlyList<string> Row(PhraseResult phrase, bool isRead, bool hasVerdicts)
    {
        bool isDenied = phrase.Denied == true;
        string box = phrase.Boxes is [var first, ..]
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{first[0]:0}, {first[1]:0}, {first[2]:0}, "
                    + $"{first[3]:0}{(phrase.Boxes.Count > 1 ? $" (+{phrase.Boxes.Count - 1} smaller)" : "")}"
            )
            : "none";
        string peak = phrase.Peak is { } at ? string.Create(CultureInfo.InvariantCulture, $"{at.X:0}, {at.Y:0}") : "none";
        return
        [
            Excerpt.Of(phrase.Phrase),
            .. isRead ? (string[])[isDenied ? "not grounded" : phrase.Grounded!] : [],
            .. hasVerdicts ? (string[])[phrase.Verdict!] : [],
            box,
            peak,
            isDenied ? "none" : string.Create(CultureInfo.InvariantCulture, $"{phrase.Focus:0.0}"),
            string.Create(CultureInfo.InvariantCulture, $"{phrase.Seconds:0.00} s"),
        ];
    }
}
