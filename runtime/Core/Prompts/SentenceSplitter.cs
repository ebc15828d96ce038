using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Prompts;

/// <summary>Cuts a radiology report into sentences, leaving out the sections that do not describe the images.</summary>
internal static partial class SentenceSplitter
{
    // What the referring physician asks or how the images were taken is not a finding.
    private static readonly HashSet<string> OtherSections = new(StringComparer.OrdinalIgnoreCase)
    {
        "indication",
        "indications",
        "history",
        "clinical history",
        "clinical information",
        "clinical indication",
        "reason for exam",
        "reason for examination",
        "reason for study",
        "reason for the study",
        "comparison",
        "comparisons",
        "technique",
        "exam",
        "examination",
        "study",
        "type of examination",
        "procedure",
        "wet read",
        "recommendation",
        "recommendations",
        "notification",
    };

    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "dr",
        "mr",
        "mrs",
        "ms",
        "vs",
        "e.g",
        "i.e",
        "approx",
        "a.m",
        "p.m",
        "no",
        "st",
        "fig",
        "resp",
        "ca",
    };

    /// <summary>The sentences, trimmed, without list numbers and headings.</summary>
    /// <param name="report">The report.</param>
    /// <param name="anySection">Keep the sections that do not describe the images as well.</param>
    public static IEnumerable<string> Split(string report, bool anySection)
    {
        foreach ((string heading, string body) in Sections(report))
        {
            if (!anySection && OtherSections.Contains(heading))
            {
                continue;
            }

            foreach (string sentence in Sentences(body))
            {
                yield return sentence;
            }
        }
    }

    private static IEnumerable<(string Heading, string Body)> Sections(string report)
    {
        string heading = "";
        int start = 0;
        foreach (Match match in Heading().Matches(report))
        {
            yield return (heading, report[start..match.Index]);
            heading = match.Groups["name"].Value.Trim();
            start = match.Index + match.Length;
        }

        yield return (heading, report[start..]);
    }

    private static IEnumerable<string> Sentences(string body)
    {
        int start = 0;
        for (int i = 0; i < body.Length; i++)
        {
            if (IsSentenceEnd(body, i))
            {
                if (Tidy(body[start..i]) is { Length: > 0 } sentence)
                {
                    yield return sentence;
                }

                start = i + 1;
            }
        }

        if (Tidy(body[start..]) is { Length: > 0 } last)
        {
            yield return last;
        }
    }

    private static bool IsSentenceEnd(string text, int i)
    {
        switch (text[i])
        {
            case '!' or '?':
                // "(?sarcoidosis)" asks inside a sentence.
                return i + 1 == text.Length || char.IsWhiteSpace(text[i + 1]);
            case '\n':
                // A single line break is only layout; an empty line or a list item ends a sentence.
                return ParagraphEnd().IsMatch(text, i);
            case '.':
                if (i + 1 < text.Length && !char.IsWhiteSpace(text[i + 1]) && text[i + 1] is not (')' or '"'))
                {
                    return false;
                }

                int word = i;
                while (word > 0 && (char.IsLetterOrDigit(text[word - 1]) || text[word - 1] == '.'))
                {
                    word--;
                }

                bool isListNumber =
                    word < i && text[word..i].All(char.IsAsciiDigit) && (word == 0 || text[..word].TrimEnd(' ', '\t') is "" or [.., '\n']);

                // "vs. pneumonia", but "No." can end a sentence only if nothing in lower case or a digit follows.
                bool isAbbreviation =
                    Abbreviations.Contains(text[word..i])
                    && text.AsSpan(i + 1).TrimStart() is [var next, ..]
                    && (char.IsLower(next) || char.IsDigit(next) || text[word..i].Length == 2);
                return !isListNumber && !isAbbreviation;
            default:
                return false;
        }
    }

    private static string Tidy(string sentence) => ListNumber().Replace(WhiteSpace().Replace(sentence, " ").Trim(), "");

    /// <summary>A heading: capital letters, or a known word, up to a colon at the start of a line; or capitals after a sentence.</summary>
    [GeneratedRegex(
        @"(?:^|(?<=\n)|(?<=\.\s))[ \t]*(?<name>[A-Z][A-Z /]{2,40}|[A-Z][a-z]+(?: [A-Za-z]+){0,3}):(?=\s|$)",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Heading();

    [GeneratedRegex(@"\G\n\s*(\n|[-*•]|\d+[.)]\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex ParagraphEnd();

    [GeneratedRegex(@"^(?:\d+[.)]|[-*•])\s*", RegexOptions.CultureInvariant)]
    private static partial Regex ListNumber();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex WhiteSpace();
}
