using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Prompts;

/// <summary>Lets the corrections of an addendum hold: a side that it changes, a finding that it takes back.</summary>
internal static partial class Addenda
{
    // Only these are believed outside of an addendum.
    private static readonly PhraseTable StrictCorrections = new(
        "should ~ read|state|say",
        "should instead read|state|say",
        "corrected to read",
        "typographical|dictation|transcription error"
    );

    private static readonly PhraseTable Corrections = new(
        "should ~ read|state|say|have|be",
        "should instead read|state|say|be",
        "corrected",
        "correction",
        "error",
        "erroneous|erroneously",
        "misstated",
        "incorrect|incorrectly",
        "mislabeled|mislabelled",
        "wrong",
        "laterality",
        "please note",
        "clarification|clarify",
        "in fact",
        "actually",
        "mistake|mistakenly"
    );

    /// <summary>A sentence of a section.</summary>
    public static ReportSentence Sentence(ReportSection section, string text)
    {
        List<ReportWord> words = ReportWord.Of(text);
        bool isStrict = StrictCorrections.IsIn(words, 0, words.Count);
        bool isAddendum = section.Kind == HeadingKind.Addendum;
        bool isHeaded = isAddendum && CorrectingHeading().IsMatch(section.Heading);
        return new ReportSentence(text, isAddendum || isStrict, isStrict || isHeaded || (isAddendum && PutsOneSideForTheOther(words)));
    }

    /// <summary>"The left effusion should read right effusion": what stands before is wrong.</summary>
    public static string RightPart(string sentence) =>
        ShouldRead().Match(sentence) is { Success: true } match
        && SideWord().IsMatch(sentence[..match.Index])
        && SideWord().IsMatch(sentence[match.Index..])
            ? sentence[(match.Index + match.Length)..]
            : sentence;

    /// <summary>The statements of sentences, with those taken back that an addendum contradicts.</summary>
    /// <param name="sentences">All sentences in order.</param>
    /// <param name="remarks">Takes what the reader should know.</param>
    public static IReadOnlyList<ReportStatement> Apply(IReadOnlyList<ReportSentence> sentences, List<ReportRemark> remarks)
    {
        (ReportSentence Sentence, ReportStatement Statement)[] all =
        [
            .. sentences.SelectMany(sentence => sentence.Statements().Select(statement => (sentence, statement))),
        ];
        ReportStatement[] result = [.. all.Select(item => item.Statement)];
        for (int i = 0; i < result.Length; i++)
        {
            if (all[i].Sentence.IsAddendum && result[i].Sense is StatementSense.Present or StatementSense.Absent)
            {
                TakeBack([.. all.Select(item => item.Sentence)], result, i, remarks);
            }
        }

        bool[] isOfReport = [.. all.Select(item => !item.Sentence.IsAddendum)];
        foreach (ReportSentence sentence in sentences.Where(sentence => sentence.IsCorrection && !sentence.Statements().Any()))
        {
            CorrectNamelessSide(sentence.Text, isOfReport, result, remarks);
        }

        return result;
    }

    private static void TakeBack(ReportSentence[] sentences, ReportStatement[] result, int index, List<ReportRemark> remarks)
    {
        ReportStatement correction = result[index];
        Side? side = SideOf(correction.Locations);
        bool corrects = sentences[index].IsCorrection;
        for (int i = 0; i < result.Length; i++)
        {
            if (sentences[i].IsAddendum || result[i].IsDenied || result[i].Pathology != correction.Pathology)
            {
                continue;
            }

            Side? other = SideOf(result[i].Locations);
            if (correction.Sense == StatementSense.Absent && side is Side.Left or Side.Right && other == Side.Bilateral)
            {
                // "Bilateral effusions"; addendum: "no right effusion".
                Side rest = side == Side.Left ? Side.Right : Side.Left;
                result[i] = result[i] with { Locations = [.. result[i].Locations.Select(place => Location.Of(rest, place.Zone))] };
                Say(new("an addendum takes one side back", Quoted(result[i])), remarks);
                continue;
            }

            bool isOtherSide = side is Side.Left or Side.Right && other is not null && other != side;
            bool takesBack =
                correction.Sense == StatementSense.Absent
                    ? side is null || other is null
                        ? correction.Locations.Count == 0 || corrects
                        : side == other
                    : corrects && isOtherSide;
            if (takesBack)
            {
                result[i] = result[i] with { Sense = StatementSense.Corrected };
                Say(new("an addendum takes back what was said", Quoted(result[i])), remarks);
            }
            else if (correction.Sense == StatementSense.Present && isOtherSide)
            {
                Say(
                    new("an addendum names a finding on another side than the report, and both are kept", correction.Pathology.Name),
                    remarks
                );
            }
        }
    }

    private static string Quoted(ReportStatement statement) => $"\"{statement.Sentence}\"";

    private static void Say(ReportRemark remark, List<ReportRemark> remarks)
    {
        if (!remarks.Contains(remark))
        {
            remarks.Add(remark);
        }
    }

    /// <summary>Whether a sentence of an addendum puts one side for the other, or says that the report is wrong.</summary>
    private static bool PutsOneSideForTheOther(List<ReportWord> words) =>
        (
            words.Any(word => word.Text == "left")
            && words.Any(word => word.Text == "right")
            && words.Any(word => word.Text is "not" or "rather" or "instead")
        ) || Corrections.IsIn(words, 0, words.Count);

    /// <summary>
    /// "Should read right, not left" names no finding: it belongs to the only one on the wrong side. Where several are, none of them
    /// keeps a place.
    /// </summary>
    private static void CorrectNamelessSide(string sentence, bool[] isOfReport, ReportStatement[] result, List<ReportRemark> remarks)
    {
        List<ReportWord> words = ReportWord.Of(sentence);
        if (WantedSide(words) is not { } wanted)
        {
            return;
        }

        Side wrong = wanted == Side.Left ? Side.Right : Side.Left;
        int[] concerned =
        [
            .. Enumerable.Range(0, result.Length).Where(i => isOfReport[i] && !result[i].IsDenied && SideOf(result[i].Locations) == wrong),
        ];
        bool isClear = concerned.Select(i => result[i].Pathology).Distinct().Count() == 1;
        foreach (int i in concerned)
        {
            IReadOnlyList<Location> places = result[i].Locations;
            result[i] = result[i] with
            {
                Locations = isClear ? [.. places.Select(place => place.Side == wrong ? Location.Of(wanted, place.Zone) : place)] : [],
            };
        }

        Say(
            isClear ? new("an addendum puts a finding on the other side", $"{result[concerned[0]].Pathology}, {Word(wanted)}")
                : concerned.Length == 0 ? new("an addendum corrects a side, and it is not clear of what")
                : new("an addendum corrects a side, and it is not clear of what, so that findings lose their place", Word(wrong)),
            remarks
        );
    }

    private static string Word(Side side) => side.ToString().ToLowerInvariant();

    private static Side? WantedSide(List<ReportWord> words)
    {
        int left = words.FindIndex(word => word.Text == "left"),
            right = words.FindIndex(word => word.Text == "right");
        if (left < 0 || right < 0)
        {
            return left < 0 && right < 0 ? null
                : left < 0 ? Side.Right
                : Side.Left;
        }

        // "Not left", "instead of left"; "left should read right"; otherwise the first that is named.
        bool IsDenied(int at) => words.Take(at).TakeLast(3).Any(word => word.Text is "not" or "of" or "than");
        if (IsDenied(left) != IsDenied(right))
        {
            return IsDenied(left) ? Side.Right : Side.Left;
        }

        int verb = words.FindIndex(word => word.Text is "should" or "corrected" or "changed" or "replaced");
        bool isVerbBetween = verb > Math.Min(left, right) && verb < Math.Max(left, right);
        return (left < right) ^ isVerbBetween ? Side.Left : Side.Right;
    }

    /// <summary>The side of places that are all on one.</summary>
    private static Side? SideOf(IReadOnlyList<Location> locations) =>
        locations.Select(location => location.Zone == Zone.Lingula ? Side.Left : location.Side).Distinct().ToArray()
            is [(Side.Left or Side.Right or Side.Bilateral) and var side]
            ? side
            : null;

    [GeneratedRegex("correct|amend|revis|erratum|error", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CorrectingHeading();

    [GeneratedRegex(@"\bshould\b(?: \w+){0,2} (?:read|state|say|be)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ShouldRead();

    [GeneratedRegex(@"\b(?:left|right|bilateral)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SideWord();
}
