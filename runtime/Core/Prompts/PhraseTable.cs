namespace CxrOnnx.Core.Prompts;

/// <summary>A table of phrases, looked up word by word.</summary>
/// <remarks>
/// In a phrase, <c>a|b</c> is either word and <c>~</c> is up to three words that only shade what is said ("not <em>yet clearly</em> seen").
/// </remarks>
internal sealed class PhraseTable
{
    private const int MostShades = 3;

    private static readonly HashSet<string> Shades = new(StringComparer.Ordinal)
    {
        "yet",
        "well",
        "very",
        "at",
        "all",
        "been",
        "be",
        "longer",
        "any",
        "definite",
        "significant",
        "interval",
        "substantial",
        "relevant",
        "appreciable",
        "obvious",
        "large",
        "major",
        "gross",
        "notable",
        "marked",
        "great",
        "further",
        "other",
        "discernible",
        "discrete",
        "now",
        "also",
        "again",
        "quite",
        "almost",
        "as",
        "felt",
        "thought",
        "considered",
        "to",
        "appreciably",
        "overt",
        "convincing",
        "real",
        "much",
        "so",
        "here",
        "still",
        "just",
        "since",
        "noticeable",
        "clear",
        "acute",
        "material",
        "complete",
    };

    private readonly Dictionary<string, List<string[][]>> _byFirstWord = new(StringComparer.Ordinal);

    /// <summary>A table of phrases.</summary>
    public PhraseTable(params string[] phrases)
    {
        foreach (string phrase in phrases)
        {
            string[][] slots = [.. phrase.Split(' ').Select(slot => slot.Split('|'))];
            foreach (string first in slots[0])
            {
                if (!_byFirstWord.TryGetValue(first, out List<string[][]>? list))
                {
                    _byFirstWord[first] = list = [];
                }

                list.Add(slots);
            }
        }
    }

    /// <summary>The number of words of the longest phrase that begins at a word and ends before another; 0 if none does.</summary>
    public int Match(IReadOnlyList<ReportWord> words, int at, int end)
    {
        if (at < 0 || at >= end || !_byFirstWord.TryGetValue(words[at].Text, out List<string[][]>? candidates))
        {
            return 0;
        }

        int longest = 0;
        foreach (string[][] slots in candidates)
        {
            longest = Math.Max(longest, Follow(words, at + 1, end, slots, 1) - at);
        }

        return longest;
    }

    /// <summary>Whether a phrase lies anywhere in a stretch of words.</summary>
    public bool IsIn(IReadOnlyList<ReportWord> words, int first, int end)
    {
        for (int i = Math.Max(0, first); i < end; i++)
        {
            if (Match(words, i, end) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where the words that follow a phrase's slot begin; something before them all if the phrase does not fit.</summary>
    private static int Follow(IReadOnlyList<ReportWord> words, int at, int end, string[][] slots, int slot)
    {
        if (slot == slots.Length)
        {
            return at;
        }

        if (slots[slot] is ["~"])
        {
            for (int skipped = 0; ; skipped++)
            {
                if (Follow(words, at + skipped, end, slots, slot + 1) is var after and > 0)
                {
                    return after;
                }

                if (skipped == MostShades || at + skipped >= end || !IsShade(words[at + skipped].Text))
                {
                    return int.MinValue / 2;
                }
            }
        }

        return at < end && slots[slot].Contains(words[at].Text) ? Follow(words, at + 1, end, slots, slot + 1) : int.MinValue / 2;
    }

    /// <summary>Whether a word only shades what is said.</summary>
    public static bool IsShade(string word) => Shades.Contains(word) || (word.Length > 3 && word.EndsWith("ly", StringComparison.Ordinal));
}
