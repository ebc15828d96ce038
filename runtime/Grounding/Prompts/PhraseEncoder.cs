using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Tokenization;

namespace CxrOnnx.Grounding.Prompts;

/// <summary>Phrase -> token ids under a bundle's vocabulary. Thread-safe.</summary>
public sealed class PhraseEncoder
{
    // Words that carry nothing of the place or the finding. "No" and "without" are not among them.
    private static readonly HashSet<string> LittleWords =
    [
        .. "a an the of in on at to for by from with and is are was were be been has have there this that it its as".Split(' '),
    ];

    private readonly BundleVocabulary _vocabulary;
    private readonly ClipTokenizer _tokenizer;
    private readonly HashSet<long> _known;

    /// <summary>Creates the encoder.</summary>
    /// <param name="vocabulary">What the bundle's text encoder understands.</param>
    /// <param name="tokenizer">The bundle's tokenizer.</param>
    public PhraseEncoder(BundleVocabulary vocabulary, ClipTokenizer tokenizer)
    {
        _vocabulary = vocabulary;
        _tokenizer = tokenizer;
        _known = [.. vocabulary.TokenIds.Select(id => (long)id)];
    }

    /// <summary>The encoder of a bundle.</summary>
    /// <exception cref="InputException">The bundle has no tokenizer.</exception>
    public static PhraseEncoder Open(Bundle bundle)
    {
        BundleVocabulary vocabulary = bundle.Manifest.Vocabulary;
        if (vocabulary.Kind == "none" || !bundle.Contains(BundleLayout.TokenizerFolder))
        {
            throw new InputException(
                $"bundle {bundle.Manifest.Id} has no tokenizer, so it can be verified and inspected but cannot take text; export it "
                    + $"with `tokenizer` DIR"
            );
        }

        return new PhraseEncoder(vocabulary, ClipTokenizer.Load(bundle.PathOf(BundleLayout.TokenizerFolder), vocabulary.PadId));
    }

    /// <summary>
    /// Encodes a phrase. Words that a closed vocabulary does not know are left out, and so is what does not fit; both is said in the
    /// warnings.
    /// </summary>
    /// <exception cref="InputException">The phrase is empty, or nothing of it is known.</exception>
    public EncodedPhrase Encode(string phrase)
    {
        if (string.IsNullOrWhiteSpace(phrase))
        {
            throw new InputException("a phrase is empty; give words such as \"left lower pneumonia\"");
        }

        List<string> warnings = [];
        string text = phrase;
        IReadOnlyList<string> leftOut = [];
        if (_vocabulary.Kind == "closed")
        {
            (text, leftOut) = KnownPart(phrase, warnings);
        }

        TokenizedText tokens = _tokenizer.Encode(text);
        if (tokens.Positions.Count == 0)
        {
            throw new InputException($"phrase \"{Excerpt.Of(phrase)}\" has no words in it");
        }

        if (tokens.Truncated)
        {
            warnings.Add(
                $"the phrase is longer than the {tokens.Tokens.Count} sub-tokens that fit: the last {tokens.TruncatedTokens.Count} were "
                    + $"left out"
            );
        }

        return new EncodedPhrase(phrase, text, tokens.Ids, tokens.Tokens, tokens.Positions, warnings) { LeftOut = leftOut };
    }

    /// <summary>Encoded word by word, so that a long phrase is not cut before its unknown words are gone.</summary>
    private (string Text, IReadOnlyList<string> LeftOut) KnownPart(string phrase, List<string> warnings)
    {
        List<string> known = [];
        List<string> unknown = [];
        foreach (string piece in phrase.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            TokenizedText tokens = _tokenizer.Encode(piece);
            foreach (TokenSpan word in tokens.Words)
            {
                (word.Positions.All(position => _known.Contains(tokens.Ids[position])) ? known : unknown).Add(word.Text);
            }
        }

        if (unknown.Count == 0)
        {
            return (phrase, []);
        }

        string list = List(unknown);
        if (known.Count == 0)
        {
            throw new InputException(
                $"phrase \"{Excerpt.Of(phrase)}\": this bundle's closed vocabulary knows none of its words ({list}); 'cxr inspect' "
                    + $"lists what it knows"
            );
        }

        string[] leftOut = [.. unknown.Distinct().Where(word => word.Any(char.IsLetterOrDigit) && !LittleWords.Contains(word))];
        if (leftOut.Length > 0)
        {
            warnings.Add($"this bundle's closed vocabulary does not know {List(leftOut)}: left out");
        }

        return (string.Join(' ', known), leftOut);
    }

    private static string List(IReadOnlyList<string> words)
    {
        string[] distinct = [.. words.Distinct()];
        return string.Join(", ", distinct.Take(10).Select(word => $"\"{Excerpt.Of(word)}\"")) + (distinct.Length > 10 ? ", ..." : "");
    }
}
