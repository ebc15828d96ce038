namespace CxrOnnx.Core.Prompts;

/// <summary>Finds words of a phrase that are probably typing errors of a word that standard prompts are made of.</summary>
internal static class PhraseSpelling
{
    private const int ShortestWord = 5;

    // Two errors only in long words, whose neighbours are words of their own far less often.
    private const int LongWord = 10;

    // Other names than those of prompts: "opacities", "infiltrate".
    private const int LongName = 8;

    // What a reader could mean, but is a word of its own.
    private static readonly HashSet<string> LookAlikes =
    [
        "light",
        "bright",
        "might",
        "night",
        "sight",
        "tight",
        "eight",
        "fight",
        "height",
        "weight",
        "upright",
        "slower",
        "flower",
        "power",
        "tower",
        "lover",
        "supper",
        "riddle",
        "muddle",
        "pleura",
        "plural",
        "pneumonic",
        "unilateral",
        "effusive",
        "diffusion",
        "infusion",
        "oedema",
        "opacify",
        "opacifies",
        "wright",
        "hemithorax",
        "hemithoraces",
        "infiltrated",
        "infiltrating",
        "consolidate",
        "consolidates",
        "injection",
        "inflection",
        "infecting",
    ];

    private static readonly HashSet<string> UsualWords =
    [
        .. (
            "sided small large tiny trace minimal mild moderate severe marked extensive dense zone zones region area probable possible "
            + "suspected suspicious likely concerning consistent compatible suggestive represents stable unchanged chronic acute worsening "
            + "diffuse multifocal segmental interstitial lobar layering loculated free-flowing plate platelike about around along level "
            + "there these their which where while these field fields third aspect portion lateral medial anterior posterior entire"
        ).Split(' '),
    ];

    private static readonly string[] Prompts =
    [
        .. Location
            .All.Select(location => location.Name)
            .Concat(Pathology.All.Select(pathology => pathology.Name))
            .SelectMany(name => name.Split(' '))
            .Concat(MentionVocabulary.LongNames(LongName))
            .Distinct(),
    ];

    /// <summary>The probable errors among words, in their order, each once.</summary>
    public static IReadOnlyList<(string Word, string Meant)> Errors(IReadOnlyList<ReportWord> words) =>
        [
            .. words
                .Select(word => word.Text)
                .Distinct()
                .Select(word => (Word: word, Meant: MeantBy(word)))
                .Where(pair => pair.Meant is not null)
                .Select(pair => (pair.Word, pair.Meant!)),
        ];

    /// <summary>Longer words that are known from nowhere, each once.</summary>
    public static IReadOnlyList<string> Strange(IReadOnlyList<ReportWord> words) =>
        [
            .. words
                .Select(word => word.Text)
                .Distinct()
                .Where(word => word.Length >= ShortestWord && word.All(char.IsLetter) && !IsKnown(word) && !IsUsual(word)),
        ];

    /// <summary>Words that only shade what is said: "markedly", "patchy", "zone".</summary>
    private static bool IsUsual(string word) =>
        word.EndsWith("ly", StringComparison.Ordinal)
        || word.EndsWith("ish", StringComparison.Ordinal)
        || UsualWords.Contains(word)
        || PhraseTable.IsShade(word)
        || MentionVocabulary.IsQuality(word);

    private static string? MeantBy(string word)
    {
        if (word.Length < ShortestWord - 1 || !word.All(char.IsAsciiLetter) || IsKnown(word))
        {
            return null;
        }

        return Prompts.Where(prompt => prompt.Length >= ShortestWord - 1).FirstOrDefault(prompt => IsErrorOf(word, prompt));
    }

    private static bool IsErrorOf(string word, string prompt)
    {
        // Of four letters, only two that are swapped, or one that is left out: "lfet" and "rigt", but not "loft".
        if (prompt.Length < ShortestWord || word.Length < ShortestWord)
        {
            bool isSwapped = word.Length == prompt.Length && word.Order().SequenceEqual(prompt.Order());
            bool isShort = word.Length == ShortestWord - 1 && prompt.Length == ShortestWord && word[0] == prompt[0];
            return (isSwapped || isShort) && TypingErrors.AtMost(word, prompt, 1);
        }

        return TypingErrors.AtMost(word, prompt, 1)
            || (
                prompt.Length >= LongWord
                && word[0] == prompt[0]
                && word.EndsWith(prompt[^2..], StringComparison.Ordinal)
                && TypingErrors.AtMost(word, prompt, 2)
            );
    }

    /// <summary>Also plurals: "effusions" is no error of "effusion".</summary>
    private static bool IsKnown(string word) =>
        Prompts.Contains(word)
        || (word[^1] == 's' && Prompts.Contains(word[..^1]))
        || LookAlikes.Contains(word)
        || LanguageWords.English.Contains(word)
        || MentionVocabulary.IsName(word)
        || LocationWords.IsPlace(word);
}
