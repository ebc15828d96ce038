using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Prompts;

/// <summary>Cuts the text of a section into sentences.</summary>
internal static partial class SentenceSplitter
{
    // A list without a full stop is cut somewhere, so that no rule looks at thousands of words at once.
    private const int LongestSentence = 600;

    private const int LongestShortLine = 50;

    // A line that ends so goes on.
    private static readonly HashSet<string> GoOn = new(StringComparer.OrdinalIgnoreCase)
    {
        "of",
        "the",
        "and",
        "or",
        "no",
        "with",
        "without",
        "in",
        "to",
        "for",
        "a",
        "an",
        "at",
        "on",
        "by",
        "from",
        "is",
        "are",
        "has",
        "not",
        "than",
        "new",
        "left",
        "right",
        "dr",
        "since",
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
        "neg",
        "pl",
        "w",
        "sig",
        "min",
        "mod",
        "bilat",
        "lat",
        "poss",
        "prob",
        "incr",
        "decr",
        "lt",
        "rt",
        "l",
        "r",
        "inf",
        "sup",
        "ant",
        "post",
    };

    /// <summary>The sentences of a report, trimmed, without list numbers and headings.</summary>
    /// <param name="report">The report.</param>
    /// <param name="anySection">Keep the sections that do not describe the images as well.</param>
    public static IEnumerable<string> Split(string report, bool anySection) =>
        ReportSections.Of(report).Where(section => anySection || section.IsRead).SelectMany(section => Split(section.Body));

    /// <summary>The sentences of a section.</summary>
    public static IEnumerable<string> Split(string body)
    {
        int start = 0;
        for (int i = 0; i <= body.Length; i++)
        {
            bool isTooLong = i - start >= LongestSentence && i < body.Length && char.IsWhiteSpace(body[i]);
            if (i < body.Length && !isTooLong && !IsSentenceEnd(body, i) && i - start < 2 * LongestSentence)
            {
                continue;
            }

            // The mark of a question stays: what is asked is uncertain.
            bool isQuestion = i < body.Length && body[i] == '?';
            if (Tidy(body[start..(isQuestion ? i + 1 : i)]) is { Length: > 0 } sentence)
            {
                yield return sentence;
            }

            start = Math.Min(body.Length, i < body.Length && !isTooLong && !IsMark(body[i]) ? i : i + 1);
        }
    }

    private static bool IsMark(char character) => character is '.' or '!' or '?' or '\n' || char.IsWhiteSpace(character);

    private static bool IsSentenceEnd(string text, int i)
    {
        switch (text[i])
        {
            case '!' or '?':
                // "(?sarcoidosis)" and "? effusion" ask inside a sentence.
                bool isPrefix =
                    (i == 0 || char.IsWhiteSpace(text[i - 1]) || text[i - 1] == '(')
                    && text.AsSpan(i + 1, Math.Min(3, text.Length - i - 1)).TrimStart(' ') is [var c, ..]
                    && char.IsLetter(c);
                return !isPrefix && !Answer().IsMatch(text, i + 1) && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1]));
            case '\n':
                // A single line break is only layout; an empty line, a list item or a short line of its own ends a sentence.
                return (ParagraphEnd().IsMatch(text, i) && !IsBrokenSentence(text, i)) || IsShortLine(text, i);
            case '.':
                return IsFullStop(text, i);
            case ' ':
                return IsListNumberAmidLine(text, i);
            default:
                return false;
        }
    }

    /// <summary>"There is a small left", an empty line, "pleural effusion": no statement ends with such a word.</summary>
    private static bool IsBrokenSentence(string text, int end)
    {
        int last = end;
        while (last > 0 && text[last - 1] is ' ' or '\n')
        {
            last--;
        }

        int word = last;
        while (word > 0 && char.IsLetter(text[word - 1]))
        {
            word--;
        }

        int next = end;
        while (next < text.Length && text[next] is ' ' or '\n')
        {
            next++;
        }

        bool isAnswer = word > 1 && text[..word].TrimEnd() is [.., ':' or '?' or '=' or '-'];
        return !isAnswer && next < text.Length && char.IsAsciiLetterLower(text[next]) && GoOn.Contains(text[word..last]);
    }

    /// <summary>
    /// "No effusion" on a line of its own, with the next statement on the next: text that is only wrapped has longer lines.
    /// </summary>
    private static bool IsShortLine(string text, int end)
    {
        int start = end;
        while (start > 0 && text[start - 1] != '\n' && end - start <= LongestShortLine)
        {
            start--;
        }

        int next = end + 1;
        while (next < text.Length && text[next] == ' ')
        {
            next++;
        }

        if (end - start > LongestShortLine || next + 1 >= text.Length || !char.IsUpper(text[next]) || char.IsDigit(text[next + 1]))
        {
            return false;
        }

        string last = text[start..end].TrimEnd().Split(' ')[^1];

        // "Effusion: Yes, left" before "Consolidation: No".
        if (FormLine().IsMatch(text, next) && text.AsSpan(start, end - start).Contains(':'))
        {
            return true;
        }

        bool isAnswer = AnswerAtEnd().IsMatch(text[start..end].TrimEnd());
        return last.Length > 0 && char.IsLetterOrDigit(last[^1]) && (isAnswer || !GoOn.Contains(last));
    }

    private static bool IsFullStop(string text, int i)
    {
        // "No effusion.Left base atelectasis".
        bool isTight = i > 1 && i + 1 < text.Length && char.IsLower(text[i - 1]) && char.IsLower(text[i - 2]) && char.IsUpper(text[i + 1]);
        if (i + 1 < text.Length && !char.IsWhiteSpace(text[i + 1]) && text[i + 1] is not (')' or '"') && !isTight)
        {
            return false;
        }

        int word = i;
        while (word > 0 && i - word < 10 && (char.IsLetterOrDigit(text[word - 1]) || text[word - 1] == '.'))
        {
            word--;
        }

        bool isListNumber = word < i && text[word..i].All(char.IsAsciiDigit) && BeginsLine(text, word);

        // "vs. pneumonia", but "No." can end a sentence only if nothing in lower case or a digit follows.
        bool isAbbreviation =
            Abbreviations.Contains(text[word..i])
            && text.AsSpan(i + 1).TrimStart() is [var next, ..]
            && (
                char.IsLower(next)
                || char.IsDigit(next)
                || (text[word..i].Length == 2 && text[word] is 'D' or 'd' or 'M' or 'v')
                || (LocationWords.SideOf(text[word..i].ToLowerInvariant()) is not null && BeginsSentence(text, word))
            );
        return !isListNumber && !isAbbreviation;
    }

    /// <summary>"1) no effusion 2) small pneumothorax": a number follows that goes on from an earlier one.</summary>
    private static bool IsListNumberAmidLine(string text, int blank)
    {
        int digit = blank + 1 < text.Length && text[blank + 1] == '(' ? blank + 2 : blank + 1;
        if (digit + 1 >= text.Length || text[digit + 1] != ')' || text[digit] is not ((> '1' and <= '9') or (> 'a' and <= 'h')))
        {
            return false;
        }

        string before = $"{(char)(text[digit] - 1)})";
        return text.LastIndexOf(before, blank, Math.Min(blank + 1, 2 * LongestSentence), StringComparison.Ordinal) >= 0;
    }

    /// <summary>"Rt. CP angle blunted. Lt. CP angle clear": no statement is only a side.</summary>
    private static bool BeginsSentence(string text, int at)
    {
        while (at > 0 && text[at - 1] == ' ')
        {
            at--;
        }

        return at == 0 || text[at - 1] is '\n' or '.' or ';' or ':' or ')' or '•' or '-';
    }

    private static bool BeginsLine(string text, int at)
    {
        while (at > 0 && text[at - 1] is ' ' or '\t')
        {
            at--;
        }

        return at == 0 || text[at - 1] == '\n';
    }

    private static string Tidy(string sentence) => ListNumber().Replace(WhiteSpace().Replace(sentence, " ").Trim(), "");

    // "Pneumothorax? No."
    [GeneratedRegex(
        @"\G ?(?:no|not|none|yes|negative|absent|nil|small|tiny|trace|mild|moderate|large|severe|minimal|"
            + @"left|right|bilateral|present|unchanged|stable)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    )]
    private static partial Regex Answer();

    [GeneratedRegex(@"\G[A-Z][A-Za-z/]*(?: [A-Za-z/]+){0,3} ?:", RegexOptions.CultureInvariant)]
    private static partial Regex FormLine();

    // "Pneumothorax: No" on a line of its own.
    [GeneratedRegex(@"[:?=-] ?(?:no|left|right|new)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AnswerAtEnd();

    [GeneratedRegex(@"\G\n\s*(\n|[-*•☐☑☒□■]|\[[ xX+-]?\]|\d+[.)]\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex ParagraphEnd();

    [GeneratedRegex(@"^(?:\d+[.)]|[a-h]\)|[-*•](?=\s|[A-Za-z]))\s*", RegexOptions.CultureInvariant)]
    private static partial Regex ListNumber();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex WhiteSpace();
}
