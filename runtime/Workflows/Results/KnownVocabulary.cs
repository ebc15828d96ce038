using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Grounding.Prompts;

namespace CxrOnnx.Workflows.Results;

/// <summary>What a bundle understands, read without loading a graph.</summary>
/// <param name="Kind"><c>closed</c>, <c>open</c> or <c>none</c>.</param>
/// <param name="Prompts">
/// The standard prompts that it knows in every word; those whose states it stores, where it has no tokenizer.
/// </param>
/// <param name="Pathologies">The pathologies of these prompts.</param>
/// <param name="Locations">The places of these prompts.</param>
/// <param name="Tokens">The ids that a closed vocabulary knows, with their sub-tokens; of an open one the learned ones only.</param>
/// <param name="Learned">Ids among <paramref name="Tokens"/> whose embedding was learned by prompt tuning.</param>
public sealed record KnownVocabulary(
    string Kind,
    IReadOnlyList<StandardPrompt> Prompts,
    IReadOnlyList<string> Pathologies,
    IReadOnlyList<string> Locations,
    IReadOnlyList<BundleToken> Tokens,
    IReadOnlySet<int> Learned
)
{
    /// <summary>Reads it.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <exception cref="ArtifactException">Tokenizer or stored phrases are damaged.</exception>
    public static KnownVocabulary Of(Bundle bundle)
    {
        BundleVocabulary vocabulary = bundle.Manifest.Vocabulary;
        using StoredPhraseFile? stored = StoredPhraseFile.Of(bundle);
        bool takesText = vocabulary.Kind != "none" && bundle.Contains(BundleLayout.TokenizerFolder);
        PhraseEncoder? encoder = takesText ? PhraseEncoder.Open(bundle) : null;
        StandardPrompt[] prompts =
        [
            .. StandardGrid.Prompts.Where(prompt => stored?.Find(prompt.Text) is not null || Knows(encoder, prompt.Text)),
        ];
        ClipTokenizer? tokenizer = takesText ? ClipTokenizer.Load(bundle.PathOf(BundleLayout.TokenizerFolder), vocabulary.PadId) : null;
        IReadOnlyList<BundleToken> tokens =
            vocabulary.Kind == "closed" && tokenizer is not null
                ? [.. vocabulary.TokenIds.Select(id => new BundleToken(id, tokenizer.TokenOf(id)))]
                : vocabulary.LearnedTokens;
        return new KnownVocabulary(
            vocabulary.Kind,
            prompts,
            [.. prompts.Select(prompt => prompt.Pathology.Name).Distinct()],
            [.. prompts.SelectMany(prompt => prompt.Locations).Select(location => location.Name).Distinct()],
            tokens,
            vocabulary.LearnedTokens.Select(token => token.Id).ToHashSet()
        );
    }

    private static bool Knows(PhraseEncoder? encoder, string prompt)
    {
        try
        {
            return encoder?.Encode(prompt).Warnings.Count == 0;
        }
        catch (InputException)
        {
            // A closed vocabulary that knows no word of it.
            return false;
        }
    }
}
