using System.Text.RegularExpressions;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Tests.Prompts;

/// <summary>
/// A set of sentences and small reports with the findings a careful reader takes from them (Data/*.tsv), and how many of them are read.
/// </summary>
/// <remarks>
/// <c>right</c>: findings divided by semicolons, "nothing" or "refused"; "A / B" are two readings of one finding, (uncertain) is doubt,
/// and an
/// (optional) finding counts neither way. <c>\n</c> is a line end.
/// </remarks>
internal sealed partial class ReportSentences
{
    private readonly List<(string Sentence, string Right, string Kind)> _rows = [];

    private ReportSentences(string name)
    {
        using Stream stream = typeof(ReportSentences).Assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        foreach (string line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            string[] cells = line.Split('\t');
            _rows.Add((cells[0].Replace("\\n", "\n", StringComparison.Ordinal), cells[1], cells[2]));
        }
    }

    public int Known { get; private set; }

    public int Found { get; private set; }

    public int Right { get; private set; }

    public int DoubtRight { get; private set; }

    /// <summary>Findings that were read from sentences that have none.</summary>
    public List<string> Invented { get; } = [];

    /// <summary>What is wrong, for the message of a test that fails.</summary>
    public List<string> Errors { get; } = [];

    public string Summary => $"known {Known}, read {Found}, right {Right}, doubt right {DoubtRight}\n{string.Join('\n', Errors)}";

    public static ReportSentences Read(string name)
    {
        ReportSentences set = new(name);
        foreach ((string sentence, string right, string kind) in set._rows)
        {
            set.Count(sentence, right, kind);
        }

        return set;
    }

    private void Count(string sentence, string right, string kind)
    {
        if (right == "refused")
        {
            if (!IsRefused(sentence))
            {
                Errors.Add($"[{kind}] {sentence}: not refused");
                Invented.Add(sentence);
            }

            return;
        }

        IReadOnlyList<ReportFinding> findings = ReportParser.Read(sentence).Findings;
        List<Finding[]> wanted = right == "nothing" ? [] : [.. right.Split(';').Select(cell => cell.Split(" / ").Select(Parse).ToArray())];
        int known = 0,
            hits = 0,
            found = findings.Count;
        foreach (Finding[] readings in wanted)
        {
            ReportFinding? got = findings.FirstOrDefault(item => item.Pathology == readings[0].Prompt.Pathology);
            if (readings[0].IsOptional)
            {
                found -= got is null ? 0 : 1;
                continue;
            }

            known++;
            Finding[] fitting = got is null
                ? []
                : [.. readings.Where(reading => got.Locations.ToHashSet().SetEquals(reading.Prompt.Locations))];
            hits += fitting.Length > 0 ? 1 : 0;
            DoubtRight += fitting.Any(reading => reading.IsUncertain == got!.IsUncertain) ? 1 : 0;
        }

        (Known, Found, Right) = (Known + known, Found + found, Right + hits);
        if (hits < known || hits < found)
        {
            Errors.Add($"[{kind}] {sentence}: want {right}, got {string.Join("; ", findings.Select(item => item.Prompt.Text))}");
        }

        if (right == "nothing" && findings.Count > 0)
        {
            Invented.Add(sentence);
        }
    }

    private static bool IsRefused(string sentence)
    {
        try
        {
            ReportParser.Read(sentence);
            return false;
        }
        catch (InputException)
        {
            return true;
        }
    }

    private static Finding Parse(string cell)
    {
        string text = Marks().Replace(cell, "").Trim();
        Pathology pathology = Pathology.All.Single(item =>
            text == item.PromptText || text.EndsWith(' ' + item.PromptText, StringComparison.Ordinal)
        );
        string places = text[..^pathology.PromptText.Length].Trim();
        string[] names =
            places.Length > 0 ? places.Split(" and ")
            : pathology == Pathology.Cardiomegaly ? ["cardiomegaly"]
            : pathology == Pathology.Edema ? ["pulmonary"]
            : [];
        return new Finding(
            new StandardPrompt(pathology, names.Select(name => Place(name, pathology))),
            cell.Contains("(uncertain)", StringComparison.Ordinal),
            cell.Contains("(optional)", StringComparison.Ordinal)
        );
    }

    private static Location Place(string name, Pathology pathology)
    {
        string full =
            name == "bilateral base" ? "bibasilar"
            : pathology == Pathology.PleuralEffusion && name is "left" or "right" or "bilateral" ? $"{name} pleural"
            : name;
        return Location.TryFind(full, out Location? location) ? location : throw new InvalidDataException($"no such place: {name}");
    }

    [GeneratedRegex(@"\([a-z]+\)")]
    private static partial Regex Marks();

    private sealed record Finding(StandardPrompt Prompt, bool IsUncertain, bool IsOptional);
}
