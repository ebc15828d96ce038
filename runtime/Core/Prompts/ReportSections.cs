using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Prompts;

/// <summary>Cuts a report into sections by its headings, and says which are read.</summary>
internal static partial class ReportSections
{
    // Longer stretches before a colon are sentences.
    private const int LongestHeading = 80;

    // A text with more is a file of many reports, or none at all.
    private const int MostHeadings = 400;

    /// <summary>The sections in the order of the report; parts that have no text are left out.</summary>
    /// <exception cref="InputException">It has more headings than any report.</exception>
    public static IReadOnlyList<ReportSection> Of(string report)
    {
        string text = ReportText.Plain(report);
        List<(string Heading, HeadingKind Kind, string Body)> parts = Cut(text);
        int lastFindings = parts.FindLastIndex(part => part.Kind == HeadingKind.Findings && IsNamed(part.Heading, "finding"));
        int lastSummary = parts.FindLastIndex(part => part.Kind == HeadingKind.Findings);
        List<ReportSection> sections = [];
        bool seenFindings = false,
            skipping = false,
            correcting = false;
        for (int i = 0; i < parts.Count; i++)
        {
            (string heading, HeadingKind kind, string body) = parts[i];
            seenFindings |= kind == HeadingKind.Findings;
            correcting = kind == HeadingKind.Addendum || (correcting && kind is HeadingKind.Label or HeadingKind.Unknown);
            if (correcting)
            {
                Add(sections, heading, HeadingKind.Addendum, body, null);
                continue;
            }

            // A part of the body follows what it stands in, unless it is what the report has instead of a heading for its findings.
            if (kind == HeadingKind.Label)
            {
                skipping &= i < lastFindings || seenFindings;
                string? skip =
                    skipping ? ReportSection.NotAboutImages
                    : i < lastFindings && !seenFindings ? ReportSection.BeforeFindings
                    : null;
                Add(sections, heading, kind, body, skip);
                continue;
            }

            if (kind == HeadingKind.Unknown)
            {
                // Among the findings it is one of their own headings.
                bool isDistrusted = skipping || (i < lastSummary && !seenFindings);
                string? distrust = isDistrusted ? ReportSection.NotKnown : null;
                AddSkippable(sections, parts[i], distrust, mayResume: !seenFindings && i > lastFindings, ref skipping);
                continue;
            }

            string? reason = kind switch
            {
                HeadingKind.Skipped => ReportSection.NotAboutImages,
                HeadingKind.Preliminary => ReportSection.Preliminary,
                HeadingKind.None or HeadingKind.Title when i < lastFindings && !seenFindings => ReportSection.BeforeFindings,
                _ => null,
            };
            bool mayResume = !seenFindings && i > lastFindings && kind == HeadingKind.Skipped;
            AddSkippable(sections, parts[i], reason, mayResume, ref skipping);
        }

        return WithPreliminary(sections);
    }

    private static void Add(List<ReportSection> sections, string heading, HeadingKind kind, string body, string? reason)
    {
        if (!string.IsNullOrWhiteSpace(body))
        {
            sections.Add(new ReportSection(heading, kind, body, reason));
        }
    }

    /// <summary>
    /// Adds a section; where it is skipped and the report has no heading of its own for the findings, the paragraphs after its first are
    /// the findings: many reports write "HISTORY: cough." and then, after a blank line, what they see.
    /// </summary>
    private static void AddSkippable(
        List<ReportSection> sections,
        (string Heading, HeadingKind Kind, string Body) part,
        string? reason,
        bool mayResume,
        ref bool skipping
    )
    {
        skipping = reason is not null;
        if (reason is not null && mayResume && EndOfFirstParagraph(part.Body) is int end)
        {
            Add(sections, part.Heading, part.Kind, part.Body[..end], reason);
            Add(sections, "", HeadingKind.None, part.Body[end..], null);
            skipping = false;
            return;
        }

        Add(sections, part.Heading, part.Kind, part.Body, reason);
    }

    private static int? EndOfFirstParagraph(string body)
    {
        int start = 0;
        while (start < body.Length && char.IsWhiteSpace(body[start]))
        {
            start++;
        }

        int end = body.IndexOf("\n\n", start, StringComparison.Ordinal);
        return end >= 0 && !string.IsNullOrWhiteSpace(body[end..]) ? end : null;
    }

    /// <summary>A first reading counts where the report has nothing else.</summary>
    private static List<ReportSection> WithPreliminary(List<ReportSection> sections) =>
        sections.Any(section => section.IsRead && section.Body.Any(char.IsLetter))
            ? sections
            :
            [
                .. sections.Select(section =>
                    section.SkipReason == ReportSection.Preliminary ? section with { SkipReason = null } : section
                ),
            ];

    private static List<(string Heading, HeadingKind Kind, string Body)> Cut(string text)
    {
        List<(string Heading, HeadingKind Kind, string Body)> parts = [];
        (string heading, HeadingKind kind) = ("", HeadingKind.None);
        int start = 0;
        foreach ((int at, int end, string name, HeadingKind found) in HeadingsIn(text))
        {
            parts.Add((heading, kind, text[start..at]));
            if (parts.Count > MostHeadings)
            {
                throw new InputException($"more than {MostHeadings} headings: give the text of one report");
            }

            (heading, kind) = (name, found);

            // "Heart: enlarged" needs its first word.
            start = found is HeadingKind.Label or HeadingKind.Unknown ? at : end;
        }

        parts.Add((heading, kind, text[start..]));
        return parts;
    }

    private static IEnumerable<(int At, int End, string Name, HeadingKind Kind)> HeadingsIn(string text)
    {
        int line = 0;
        while (line < text.Length)
        {
            int end = text.IndexOf('\n', line);
            end = end < 0 ? text.Length : end;
            foreach ((int At, int End, string Name, HeadingKind Kind) found in HeadingsIn(text, line, end))
            {
                yield return found;
            }

            line = end + 1;
        }
    }

    private static IEnumerable<(int At, int End, string Name, HeadingKind Kind)> HeadingsIn(string text, int line, int end)
    {
        string whole = text[line..end].Trim(' ', '\t', '.', '-', '=', '[', ']', ';');
        if (
            whole.Length is > 0 and <= LongestHeading
            && !whole.Contains(':', StringComparison.Ordinal)
            && ReportHeadings.KindOfBareLine(whole) is var bare and not HeadingKind.None
        )
        {
            yield return (line, end, whole, bare);
            yield break;
        }

        int from = line;
        for (int i = line; i < end; i++)
        {
            if (IsHeadingEnd(text, i, end) && Heading(text, from, i, from == line) is { } found)
            {
                int next = i + 1;
                while (next < end && text[next] is '-')
                {
                    next++;
                }

                yield return (found.At, next, found.Name, found.Kind);
                from = next;
            }
            else if (IsSentenceEnd(text, i, end))
            {
                from = i + 1;
            }
        }
    }

    private static bool IsSentenceEnd(string text, int i, int end) =>
        text[i] is '.' or '!' or '?' or ';'
        && i + 1 < end
        && char.IsWhiteSpace(text[i + 1])
        && !(i > 1 && text[(i - 2)..i] is "Dr" or "Mr" or "Ms" or "rs");

    /// <summary>
    /// A colon that is not the one of a time, or a dash or semicolon, which end a heading only after known words ("FINDINGS - clear").
    /// </summary>
    private static bool IsHeadingEnd(string text, int i, int end) =>
        (text[i] == ':' && !(i > 0 && char.IsDigit(text[i - 1]) && i + 1 < end && char.IsDigit(text[i + 1])))
        || text[i] == ';'
        || (text[i] is '-' or '–' or '—' && i > 1 && text[i - 1] == ' ' && i + 1 < end && text[i + 1] is ' ' or '-');

    private static (int At, string Name, HeadingKind Kind)? Heading(string text, int from, int colon, bool atLineStart)
    {
        bool isColon = text[colon] == ':';
        if (colon - from <= LongestHeading)
        {
            string name = ListMark().Replace(text[from..colon].Trim(' ', '\t', '[', ']', '-', '•'), "");
            HeadingKind kind = ReportHeadings.KindOf(name);

            // Amid a line only capitals or known words make a heading; a label there stays in its sentence.
            bool isLoud = name.Length > 0 && char.IsUpper(name[0]);
            if (
                kind is not HeadingKind.None
                && (atLineStart || (isLoud && (kind == HeadingKind.Label || ReportHeadings.IsPlain(name))))
                && (isColon || (ReportHeadings.IsPlain(name) && (atLineStart || (isLoud && text[colon] != ';'))))
            )
            {
                return (from, name, kind);
            }
        }

        return isColon ? HeadingAmidLine(text, Math.Max(from, colon - LongestHeading), colon) : null;
    }

    /// <summary>
    /// "CLINICAL HISTORY: cough FINDINGS: clear": the words right before the colon, if they are nothing but a heading and begin in
    /// capitals.
    /// </summary>
    private static (int At, string Name, HeadingKind Kind)? HeadingAmidLine(string text, int from, int colon)
    {
        (int At, string Name, HeadingKind Kind)? best = null;
        int start = colon;
        for (int words = 0; words < 4 && start > from; words++)
        {
            while (start > from && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (start > from && !char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            string name = text[start..colon].Trim();
            if (name.Length == 0 || !char.IsUpper(name[0]) || name.Contains(':', StringComparison.Ordinal) || !ReportHeadings.IsPlain(name))
            {
                break;
            }

            HeadingKind kind = ReportHeadings.KindOf(name);
            bool isLoud = name.Where(char.IsLetter).All(char.IsUpper) || kind == HeadingKind.Findings;
            if (isLoud && kind is HeadingKind.Findings or HeadingKind.Skipped or HeadingKind.Addendum)
            {
                best = (start, name, kind);
            }
        }

        return best;
    }

    private static bool IsNamed(string heading, string word) =>
        heading.Contains(word, StringComparison.OrdinalIgnoreCase)
        || heading
            .Split(' ')
            .Any(part =>
                TypingErrors.AtMost(part.ToLowerInvariant(), word, 2) || TypingErrors.AtMost(part.ToLowerInvariant(), word + "s", 2)
            );

    [GeneratedRegex(@"^(?:\d+[.)]|[-*•#])\s*", RegexOptions.CultureInvariant)]
    private static partial Regex ListMark();
}
