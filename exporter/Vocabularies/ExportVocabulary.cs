using CxrOnnx.Checkpoints;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Tokenization;

namespace CxrOnnx.Exporter.Vocabularies;

/// <summary>What the exported text encoder understands, resolved from the options.</summary>
internal sealed class ExportVocabulary
{
    // Beside the two required ones, these are copied if present: other tools read them.
    private static readonly string[] TokenizerFiles = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"];

    private readonly string? _tokenizerFolder;
    private readonly ClipTokenizer? _tokenizer;

    private ExportVocabulary(string? tokenizerFolder, ClipTokenizer? tokenizer, CodebookFile? codebook, IReadOnlyList<long>? closedIds)
    {
        _tokenizerFolder = tokenizerFolder;
        _tokenizer = tokenizer;
        Codebook = codebook;
        ClosedIds = closedIds;
    }

    /// <summary>Learned rows, if a codebook was given.</summary>
    public CodebookFile? Codebook { get; }

    /// <summary>Ids of a closed vocabulary in row order; null when open.</summary>
    public IReadOnlyList<long>? ClosedIds { get; }

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<string> Notes =>
        _tokenizer is null ? ["no `tokenizer`: the bundle can be verified and inspected, but it takes token ids, not text"] : [];

    /// <summary>One line that tells vocabularies apart, for the export id.</summary>
    public string Identity => ClosedIds is null ? "open" : $"closed {string.Join(' ', ClosedIds)}";

    /// <summary>Reads tokenizer and codebook and checks that they fit each other and the text encoder.</summary>
    /// <param name="tokenizerPath">Folder with <c>vocab.json</c> and <c>merges.txt</c>, or null.</param>
    /// <param name="codebookPath">Codebook of prompt tuning, or null.</param>
    /// <param name="wanted">Vocabulary; null: closed with a codebook, open without.</param>
    /// <param name="configuration">The text encoder.</param>
    /// <exception cref="InputException">A closed vocabulary is asked for with neither codebook nor tokenizer.</exception>
    /// <exception cref="ArtifactException">A file is damaged or does not fit.</exception>
    public static ExportVocabulary Resolve(
        string? tokenizerPath,
        string? codebookPath,
        VocabularyKind? wanted,
        TextEncoderConfiguration configuration
    )
    {
        ClipTokenizer? tokenizer = tokenizerPath is null ? null : ClipTokenizer.Load(tokenizerPath);
        if (tokenizer is not null && tokenizer.VocabularySize > configuration.VocabSize)
        {
            throw new ArtifactException(
                $"{tokenizerPath}: has {tokenizer.VocabularySize} tokens, the text encoder only {configuration.VocabSize} rows; give "
                    + $"the tokenizer of this text encoder"
            );
        }

        CodebookFile? codebook = codebookPath is null
            ? null
            : CodebookFile.Read(codebookPath, configuration.VocabSize, configuration.HiddenSize);
        if (tokenizer is not null && codebook is not null)
        {
            RefuseOtherTokens(codebook, tokenizer, tokenizerPath!);
        }

        VocabularyKind kind = wanted ?? (codebook is null ? VocabularyKind.Open : VocabularyKind.Closed);
        if (kind == VocabularyKind.Open)
        {
            return new ExportVocabulary(tokenizerPath, tokenizer, codebook, closedIds: null);
        }

        if (codebook is not null)
        {
            return new ExportVocabulary(tokenizerPath, tokenizer, codebook, codebook.TokenIds);
        }

        if (tokenizer is null)
        {
            throw new InputException("`vocabulary` closed: needs `codebook` or `tokenizer`, which say what the vocabulary is");
        }

        long[] standardIds = [.. Core.Tokenization.Codebook.Build(tokenizer).TokenIds.Select(id => (long)id)];
        return new ExportVocabulary(tokenizerPath, tokenizer, codebook: null, standardIds);
    }

    /// <summary>For the manifest.</summary>
    public BundleVocabulary Describe()
    {
        const int Unknown = -1;
        return new BundleVocabulary(
            _tokenizer is null ? "none"
                : ClosedIds is null ? "open"
                : "closed",
            ClosedIds is null ? [] : [.. ClosedIds.Select(id => (int)id).Order()],
            Codebook?.LearnedTokens ?? [],
            _tokenizer?.BosId ?? Unknown,
            _tokenizer?.EosId ?? Unknown,
            _tokenizer?.PadId ?? Unknown
        );
    }

    /// <summary>Copies the tokenizer's files into the bundle.</summary>
    public void CopyTokenizer(string folder)
    {
        if (_tokenizerFolder is null)
        {
            return;
        }

        string destination = Directory.CreateDirectory(Path.Combine(folder, BundleLayout.TokenizerFolder)).FullName;
        foreach (string name in TokenizerFiles)
        {
            string source = Path.Combine(_tokenizerFolder, name);
            if (File.Exists(source))
            {
                File.Copy(source, Path.Combine(destination, name));
            }
        }
    }

    private static void RefuseOtherTokens(CodebookFile codebook, ClipTokenizer tokenizer, string folder)
    {
        string[] different =
        [
            .. codebook
                .TokenIds.Index()
                .Select(entry => (Id: entry.Item, InCodebook: codebook.Tokens[entry.Index], InTokenizer: TokenOf(tokenizer, entry.Item)))
                .Where(token => token.InCodebook != token.InTokenizer)
                .Select(token =>
                    FormattableString.Invariant(
                        $"{token.Id} is '{token.InCodebook}' in the codebook and '{token.InTokenizer}' in the tokenizer"
                    )
                ),
        ];
        if (different.Length > 0)
        {
            throw new ArtifactException(
                $"{codebook.Source}: was made with another tokenizer than {folder}: {string.Join("; ", different.Take(3))}"
            );
        }
    }

    // Ids run from 0 without gaps.
    private static string TokenOf(ClipTokenizer tokenizer, long id) =>
        id < tokenizer.VocabularySize ? tokenizer.TokenOf((int)id) : "unknown";
}
