using CxrOnnx.Core;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Prompts;

namespace CxrOnnx.Grounding.Evidence;

/// <summary>What is asked for a phrase whose evidence is wanted.</summary>
/// <param name="Grounded">
/// The phrase itself; for one that names a pathology and no place, the pathology at every place where it can be, of which the best is kept.
/// </param>
/// <param name="OtherSide">For each of <paramref name="Grounded"/> the same with the other side, or null.</param>
internal sealed record EvidenceCandidates(IReadOnlyList<EncodedPhrase> Grounded, IReadOnlyList<EncodedPhrase?> OtherSide)
{
    /// <summary>Whether places were put in for a phrase that names none.</summary>
    public bool IsSearch => Grounded.Count > 1;

    /// <summary>All that has to be evaluated.</summary>
    public IEnumerable<EncodedPhrase> All => Grounded.Concat(OtherSide.OfType<EncodedPhrase>());

    /// <summary>The candidates of a phrase.</summary>
    /// <param name="phrase">The phrase.</param>
    /// <param name="prompts">Knows the vocabulary.</param>
    public static EvidenceCandidates Of(EncodedPhrase phrase, PromptSource prompts)
    {
        if (!StandardPrompt.TryParse(phrase.Text, out StandardPrompt? prompt))
        {
            return new EvidenceCandidates([phrase], [null]);
        }

        if (prompt.Locations.Count > 0)
        {
            return new EvidenceCandidates([phrase], [prompt.OtherSide is { } other ? Known(other.Text, prompts) : null]);
        }

        EncodedPhrase[] places =
        [
            .. StandardGrid
                .Prompts.Where(candidate => candidate.Pathology == prompt.Pathology)
                .Select(candidate => Known(candidate.Text, prompts))
                .OfType<EncodedPhrase>(),
        ];
        return places.Length > 0
            ? new EvidenceCandidates(places, [.. places.Select(_ => (EncodedPhrase?)null)])
            : new EvidenceCandidates([phrase], [null]);
    }

    /// <summary>A text all of whose words the bundle knows, or null.</summary>
    private static EncodedPhrase? Known(string text, PromptSource prompts)
    {
        try
        {
            EncodedPhrase encoded = prompts.Encode(text);
            return encoded.LeftOut.Count == 0 ? encoded : null;
        }
        catch (InputException)
        {
            return null;
        }
    }
}
