using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// The closed vocabulary of the standard prompts: the sub-tokens of the 27 locations and the 8 pathologies, beginning and end of sequence,
/// padding and "and". Its location rows are what prompt tuning learns.
/// </summary>
/// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 3.2: a codebook of 46 x 1024.</remarks>
public sealed class Codebook
{
    private readonly HashSet<int> _ids;

    private Codebook(IReadOnlyList<CodebookToken> tokens)
    {
        Tokens = tokens;
        TokenIds = [.. tokens.Select(token => token.Id)];
        _ids = [.. TokenIds];
    }

    /// <summary>The word that binds several locations.</summary>
    public static string Conjunction => "and";

    /// <summary>The rows, by ascending id; 46 for the published CLIP vocabulary.</summary>
    public IReadOnlyList<CodebookToken> Tokens { get; }

    /// <summary>The ids, ascending.</summary>
    public IReadOnlyList<int> TokenIds { get; }

    /// <summary>Collects the codebook of a tokenizer.</summary>
    public static Codebook Build(ClipTokenizer tokenizer)
    {
        HashSet<int> location = [.. Location.All.SelectMany(item => tokenizer.EncodeUnframed(item.Name))];
        HashSet<int> pathology = [.. Pathology.All.SelectMany(item => tokenizer.EncodeUnframed(item.PromptText))];
        HashSet<int> special = [tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, .. tokenizer.EncodeUnframed(Conjunction)];
        return new Codebook([
            .. location
                .Union(pathology)
                .Union(special)
                .Order()
                .Select(id => new CodebookToken(
                    id,
                    tokenizer.TokenOf(id),
                    location.Contains(id),
                    pathology.Contains(id),
                    special.Contains(id)
                )),
        ]);
    }

    /// <summary>The ids whose rows prompt tuning learns: those of locations.</summary>
    /// <param name="includeShared">Whether the six that belong to a pathology too ("pleural", "cardiomegaly") learn as well.</param>
    public IReadOnlyList<int> LearnableIds(bool includeShared) =>
        [
            .. Tokens
                .Where(token => token is { InLocation: true, IsSpecial: false } && (includeShared || !token.InPathology))
                .Select(token => token.Id),
        ];

    /// <summary>Whether an id has a row.</summary>
    public bool Contains(int id) => _ids.Contains(id);

    /// <summary>
    /// The words of a text of which at least one sub-token has no row: a model with a closed vocabulary cannot read them.
    /// </summary>
    public IReadOnlyList<string> UnknownWords(TokenizedText text) =>
        [
            .. text
                .Words.Where(word => word.Positions.Any(position => !Contains((int)text.Ids[position])))
                .Select(word => word.Text)
                .Distinct(),
        ];
}
