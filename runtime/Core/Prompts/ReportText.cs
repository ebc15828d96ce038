using System.Text;
using System.Text.RegularExpressions;

namespace CxrOnnx.Core.Prompts;

/// <summary>Writes the text of a report in one way, whatever program it comes from.</summary>
internal static partial class ReportText
{
    /// <summary>One kind of line end and blank, and the marks of Markdown and HTML headings as colons.</summary>
    public static string Plain(string report)
    {
        string text = Usual(report.Replace("\r\n", "\n", StringComparison.Ordinal));
        text = Blanks().Replace(text, " ");
        text = BlankLine().Replace(text, "\n");
        text = LineEnds().Replace(text, "\n\n");
        text = DividedWord().Replace(text, match => Joined(match.Value));
        text = MarkdownHeading().Replace(text, "${name}:");
        text = BoldHeading().Replace(text, "${name}:");
        return text.Replace("**", "", StringComparison.Ordinal);
    }

    /// <summary>
    /// Letters and blanks as keyboards have them: ligatures and wide letters, as PDF and Asian systems write them, and no characters
    /// without a width, which would cut a word in two for the eye of a program only.
    /// </summary>
    private static string Usual(string text)
    {
        StringBuilder usual = new(text.Length);
        foreach (char character in text)
        {
            string? letters = character switch
            {
                '\u00AD' or '\u2060' or '\uFEFF' or (>= '\u200B' and <= '\u200F') => "",
                'ﬀ' => "ff",
                'ﬁ' => "fi",
                'ﬂ' => "fl",
                'ﬃ' => "ffi",
                'ﬄ' => "ffl",
                _ => null,
            };
            if (letters is not null)
            {
                usual.Append(letters);
                continue;
            }

            usual.Append(
                character switch
                {
                    '\r' or '\f' or '\v' or '\u2028' or '\u2029' => '\n',
                    '\t' or '\u00A0' or '\u202F' or '\u3000' or (>= '\u2000' and <= '\u200A') => ' ',
                    '\u2010' or '\u2011' or '\u2212' => '-',
                    '。' => '.',
                    >= '！' and <= '～' => (char)(character - '！' + '!'),
                    _ => character,
                }
            );
        }

        return usual.ToString();
    }

    /// <summary>"Ate-" and "lectasis" on the next line, but not "right-" and "sided".</summary>
    private static string Joined(string divided)
    {
        string word = divided
            .Replace("-", "", StringComparison.Ordinal)
            .Replace("\n", "", StringComparison.Ordinal)
            .Replace(" ", "", StringComparison.Ordinal);
        return MentionVocabulary.IsName(word.ToLowerInvariant()) ? word : divided;
    }

    [GeneratedRegex(@"[A-Za-z]+-\n ?[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex DividedWord();

    [GeneratedRegex(" {2,}", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();

    [GeneratedRegex("\n{3,}", RegexOptions.CultureInvariant)]
    private static partial Regex LineEnds();

    // Blanks alone on a line; the paragraph's end is then two line ends.
    [GeneratedRegex(@"\n +(?=\n)", RegexOptions.CultureInvariant)]
    private static partial Regex BlankLine();

    [GeneratedRegex(@"(?<=^|\n)[ ]{0,3}#{1,6} ?(?<name>[^\n:#]{2,60}?)[ #*]*:?(?=\n|$)", RegexOptions.CultureInvariant)]
    private static partial Regex MarkdownHeading();

    [GeneratedRegex(
        @"(?<=^|\n)[ ]*(?:[-*] )?(?:\*\*|__(?=[A-Za-z])|<b>|<h\d>|<strong>)[ ]*(?<name>[A-Za-z][^\n:*_<]{1,60}?)"
            + @" ?:? ?(?:\*\*|__(?!_)|</b>|</h\d>|</strong>) ?:?",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    )]
    private static partial Regex BoldHeading();
}
