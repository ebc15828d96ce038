using System.Text.RegularExpressions;
using CxrOnnx.Core.Artifacts;
using Microsoft.ML.Tokenizers;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// The byte-pair tokenizer of CLIP's text encoder: text to 77 token ids, and which of the 77 positions are the text's own. Thread-safe.
/// </summary>
/// <remarks>
/// Ids are those of the OpenAI CLIP reference, including its text cleaning (<see cref="TextCleaning"/>). Stable Diffusion 2.1's tokenizer
/// differs from it in one point that this class does not follow: it declares <c>!</c> to be the padding token, so that an exclamation mark
/// somebody wrote becomes id 0, padding. Here it keeps its own id 256; padding is id 0 nevertheless, as that text encoder was trained with.
/// </remarks>
public sealed class ClipTokenizer
{
    /// <summary>The beginning-of-sequence token.</summary>
    public const string BeginToken = "<|startoftext|>";

    /// <summary>The end-of-sequence token.</summary>
    public const string EndToken = "<|endoftext|>";

    /// <summary>Number of ids the text encoder takes.</summary>
    public const int ContextLength = 77;

    // Words in reports and captions have a few dozen letters at most.
    private const int LongWord = 256;

    private readonly BpeTokenizer _words;
    private readonly Lazy<LongWordMerger> _longWords;
    private readonly IReadOnlyDictionary<string, int> _ids;
    private readonly Dictionary<int, string> _tokens;

    private ClipTokenizer(ClipVocabulary vocabulary, int padId)
    {
        _ids = vocabulary.Ids;
        _tokens = vocabulary.Ids.ToDictionary(entry => entry.Value, entry => entry.Key);
        BosId = _ids[BeginToken];
        EosId = _ids[EndToken];
        PadId = padId;
        _longWords = new Lazy<LongWordMerger>(() => new LongWordMerger(vocabulary));
        _words = BpeTokenizer.Create(
            new BpeOptions(vocabulary.Ids)
            {
                Merges = vocabulary.Merges,
                // Words are cut by WordSplitter; the tokenizer gets them one by one and must not cut them again.
                PreTokenizer = new RegexPreTokenizer(new Regex(".+", RegexOptions.Singleline), null),
                EndOfWordSuffix = "</w>",
                UnknownToken = EndToken,
                ByteLevel = true,
            }
        );
    }

    /// <summary>Id of the beginning-of-sequence token.</summary>
    public int BosId { get; }

    /// <summary>Id of the end-of-sequence token.</summary>
    public int EosId { get; }

    /// <summary>Id that fills the positions after the end of sequence.</summary>
    public int PadId { get; }

    /// <summary>Number of tokens in the vocabulary.</summary>
    public int VocabularySize => _ids.Count;

    /// <summary>
    /// Loads a tokenizer from a folder with <c>vocab.json</c> and <c>merges.txt</c> as Hugging Face checkpoints carry them.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="padId">
    /// Id for padding: 0 for Stable Diffusion 2.x (the default), the end-of-sequence id for CLIP itself and 1.x.
    /// </param>
    /// <exception cref="ArtifactException">A file is missing or damaged; the message names it and the line.</exception>
    public static ClipTokenizer Load(string directory, int padId = 0)
    {
        ClipVocabulary vocabulary = ClipVocabulary.Load(directory);
        if (!vocabulary.Ids.Values.Contains(padId))
        {
            throw new ArtifactException($"{directory}: no token has the padding id {padId}");
        }

        return new ClipTokenizer(vocabulary, padId);
    }

    /// <summary>Token ids of a text.</summary>
    /// <param name="text">
    /// Any text: of any length, empty, with any characters. Too long a text is cut, keeping the end-of-sequence token.
    /// </param>
    public TokenizedText Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const int capacity = ContextLength - 2;
        List<int> kept = new(capacity);
        List<string> tokens = new(capacity);
        List<string> truncated = [];
        List<TokenSpan> words = [];

        foreach ((string word, IReadOnlyList<int> ids) in Words(TextCleaning.Clean(text)))
        {
            int room = Math.Min(capacity - kept.Count, ids.Count);
            if (room > 0)
            {
                words.Add(new TokenSpan(word, kept.Count + 1, room));
            }

            for (int i = 0; i < ids.Count; i++)
            {
                (i < room ? tokens : truncated).Add(TokenOf(ids[i]));
            }

            kept.AddRange(ids.Take(room));
        }

        long[] sequence = new long[ContextLength];
        Array.Fill(sequence, PadId);
        sequence[0] = BosId;
        for (int i = 0; i < kept.Count; i++)
        {
            sequence[i + 1] = kept[i];
        }

        sequence[kept.Count + 1] = EosId;
        return new TokenizedText
        {
            Ids = sequence,
            Tokens = tokens,
            Positions = [.. Enumerable.Range(1, kept.Count)],
            Truncated = truncated.Count > 0,
            TruncatedTokens = truncated,
            Words = words,
        };
    }

    /// <summary>The ids of a text's own sub-tokens, neither framed nor cut nor padded.</summary>
    public IReadOnlyList<int> EncodeUnframed(string text) => [.. Words(TextCleaning.Clean(text)).SelectMany(word => word.Ids)];

    /// <summary>The sub-token with an id, as the vocabulary writes it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No token has this id.</exception>
    public string TokenOf(int id) =>
        _tokens.TryGetValue(id, out string? token) ? token : throw new ArgumentOutOfRangeException(nameof(id), id, "not in the vocabulary");

    private IEnumerable<(string Word, IReadOnlyList<int> Ids)> Words(string cleaned)
    {
        foreach (Range range in WordSplitter.Split(cleaned))
        {
            string word = cleaned[range];
            IReadOnlyList<int> ids = word switch
            {
                BeginToken => [BosId],
                EndToken => [EosId],
                { Length: > LongWord } => _longWords.Value.Encode(word),
                _ => _words.EncodeToIds(word, considerNormalization: false),
            };
            yield return (word, ids);
        }
    }
}
