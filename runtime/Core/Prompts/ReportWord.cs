namespace CxrOnnx.Core.Prompts;

/// <summary>A word or a mark of a sentence that matters for its sense.</summary>
/// <param name="Text">In lower case.</param>
/// <param name="IsAnatomy">Whether it may name a place: true unless an entity recogniser said otherwise.</param>
internal readonly record struct ReportWord(string Text, bool IsAnatomy = true)
{
    /// <summary>"(-)" and "(+)", as telegraphic reports write absent and present.</summary>
    public const string MinusSign = "(-)",
        PlusSign = "(+)";

    private static readonly (string Written, string Mark)[] Signs =
    [
        ("(-)", MinusSign),
        ("(+)", PlusSign),
        ("(neg)", MinusSign),
        ("[-]", MinusSign),
        ("[+]", PlusSign),
        ("[ ]", MinusSign),
        ("[]", MinusSign),
        ("( )", MinusSign),
        ("[x]", PlusSign),
        ("(x)", PlusSign),
        ("(pos)", PlusSign),
    ];

    // Abbreviations that are written with a slash, as words.
    private static readonly Dictionary<string, string[]> Slashed = new(StringComparer.Ordinal)
    {
        ["w/o"] = ["without"],
        ["w/"] = ["with"],
        ["h/o"] = ["history", "of"],
        ["r/o"] = ["rule", "out"],
        ["s/p"] = ["status", "post"],
        ["c/w"] = ["consistent", "with"],
        ["e/o"] = ["evidence", "of"],
        ["c/f"] = ["concerning", "for"],
        ["f/u"] = ["follow", "up"],
        ["d/t"] = ["due", "to"],
        ["y/o"] = ["year", "old"],
        ["b/l"] = ["bilateral"],
        ["s/o"] = ["suggestive", "of"],
    };

    private static readonly PhraseTable Exceptions = new(
        "other than",
        "with the|an exception of",
        "with exception of",
        "save|but for",
        "besides",
        "excepting",
        "outside of"
    );

    /// <summary>Whether it separates clauses.</summary>
    public bool IsClauseEnd =>
        Text
            is ";"
                or "but"
                or "however"
                or "although"
                or "though"
                or "except"
                or "aside"
                or "apart"
                or "otherwise"
                or "whereas"
                or PlusSign;

    /// <summary>Whether statements about different findings may be divided here.</summary>
    public bool IsSeparator => IsClauseEnd || Text is "," or "and" or "with" or "or" or "while" or "plus" or "/" or "as" or "-" or "&";

    /// <summary>
    /// The words of a sentence. Hyphens and brackets divide; commas, semicolons, colons, slashes, dashes between blanks and question
    /// marks are
    /// words of their own; "w/o", "h/o" and their like are written out.
    /// </summary>
    public static List<ReportWord> Of(string sentence)
    {
        List<ReportWord> words = [];
        int i = 0;
        while (i < sentence.Length)
        {
            int length = Mark(sentence, i, words);
            if (length == 0 && char.IsLetterOrDigit(sentence[i]))
            {
                length = Word(sentence, i, words);
            }

            i += Math.Max(1, length);
        }

        JoinExceptions(words);
        DropAsides(words);
        return words;
    }

    /// <summary>"No finding other than", "with the exception of", "save for" are "except": what follows is there.</summary>
    private static void JoinExceptions(List<ReportWord> words)
    {
        for (int i = 0; i < words.Count; i++)
        {
            int length = Exceptions.Match(words, i, words.Count);
            if (length > 0)
            {
                words[i] = new ReportWord("except");
                words.RemoveRange(i + 1, length - 1);
            }
        }
    }

    /// <summary>"The heart, however, is enlarged" is one clause.</summary>
    private static void DropAsides(List<ReportWord> words)
    {
        for (int i = 1; i + 3 < words.Count; i++)
        {
            if (
                words[i].Text == ","
                && words[i + 1].Text == "however"
                && words[i + 2].Text == ","
                && words[i + 3].Text is "is" or "are" or "has" or "have" or "remains" or "remain" or "appears" or "shows"
            )
            {
                words.RemoveRange(i, 3);
            }

            // "In the left, not right, lower lobe".
            if (
                i + 4 < words.Count
                && words[i].Text == ","
                && words[i + 1].Text == "not"
                && words[i + 2].Text is "left" or "right"
                && words[i + 3].Text == ","
                && LocationWords.IsPlace(words[i + 4].Text)
            )
            {
                words.RemoveRange(i, 4);
            }
        }
    }

    private static int Word(string sentence, int start, List<ReportWord> words)
    {
        int end = start;
        while (end < sentence.Length && (char.IsLetterOrDigit(sentence[end]) || sentence[end] is '\'' or '’'))
        {
            end++;
        }

        // The longest abbreviation with a slash: "w/o" before "w/".
        for (int last = Math.Min(sentence.Length, end + 2); last > end; last--)
        {
            bool isWhole = last == sentence.Length || !char.IsLetterOrDigit(sentence[last]);
            if (
                isWhole
                && end < sentence.Length
                && sentence[end] == '/'
                && Slashed.TryGetValue(sentence[start..last].ToLowerInvariant(), out string[]? written)
            )
            {
                words.AddRange(written.Select(word => new ReportWord(word)));
                return last - start;
            }
        }

        words.Add(new ReportWord(sentence[start..end].ToLowerInvariant().Replace('’', '\'')));
        return end - start;
    }

    private static int Formerly(string sentence, int open)
    {
        int close = sentence.IndexOf(')', open);
        string inside = close < 0 ? "" : sentence[(open + 1)..close].TrimStart().ToLowerInvariant();
        return inside.StartsWith("previously ", StringComparison.Ordinal) || inside.StartsWith("formerly ", StringComparison.Ordinal)
            ? close + 1 - open
            : 0;
    }

    private static bool IsStatementInBrackets(string sentence, int at)
    {
        int open = sentence[at] == '(' ? at : sentence.LastIndexOf('(', at);
        int close = open < 0 ? -1 : sentence.IndexOf(')', open);
        if (open < 0 || close < open || (at != open && at != close))
        {
            return false;
        }

        string[] inside = sentence[(open + 1)..close].ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return inside.Length > 1
            && inside[0] is not ("no" or "not" or "or" or "and" or "previously" or "as" or "best" or "better")
            && inside[^1] is "noted" or "seen" or "present" or "persists" or "persist" or "stable" or "unchanged";
    }

    /// <summary>Reads a mark; its length, or 0 where there is none.</summary>
    private static int Mark(string sentence, int i, List<ReportWord> words)
    {
        char character = sentence[i];
        ReadOnlySpan<char> rest = sentence.AsSpan(i);
        foreach ((string written, string mark) in character is '(' or '[' ? Signs : [])
        {
            if (rest.StartsWith(written, StringComparison.OrdinalIgnoreCase))
            {
                words.Add(new ReportWord(mark));
                return written.Length;
            }
        }

        // "Left effusion (previously right)".
        if (character == '(' && Formerly(sentence, i) is var length and > 0)
        {
            return length;
        }

        // Boxes of forms: "☐ effusion".
        if (character is '☐' or '□' or '☒' or '☑' or '■')
        {
            words.Add(new ReportWord(character is '☐' or '□' ? MinusSign : PlusSign));
            return 1;
        }

        // "No pneumothorax (left effusion noted)": a statement of its own.
        if (character is '(' or ')' && IsStatementInBrackets(sentence, i))
        {
            words.Add(new ReportWord(";"));
            return 1;
        }

        // "PTX -ve".
        if (
            character is '-' or '+'
            && rest.Length > 2
            && rest[1..].StartsWith("ve", StringComparison.OrdinalIgnoreCase)
            && (rest.Length == 3 || !char.IsLetterOrDigit(rest[3]))
        )
        {
            words.Add(new ReportWord(character == '-' ? MinusSign : PlusSign));
            return 3;
        }

        // Arrows: "effusion -> none".
        if (character == '→' || rest.StartsWith("->", StringComparison.Ordinal) || rest.StartsWith("=>", StringComparison.Ordinal))
        {
            words.Add(new ReportWord("-"));
            return character == '→' ? 1 : 2;
        }

        bool IsBlank(int at) => at < 0 || at >= sentence.Length || char.IsWhiteSpace(sentence[at]);
        if (character is ',' or ';' or ':' or '/' or '>' or '?' or '&')
        {
            words.Add(new ReportWord(character.ToString()));
            return 1;
        }

        if (character is '—' or '–' or '-' && (IsBlank(i + 1) || (character == '-' && rest.StartsWith("--", StringComparison.Ordinal))))
        {
            words.Add(new ReportWord("-"));
            return rest.StartsWith("--", StringComparison.Ordinal) ? 2 : 1;
        }

        return 0;
    }
}
