using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Prompts;

/// <summary>
/// Phrase -> text states: from the bundle's stored phrases where it has them (then neither tokenizer nor text encoder is touched), by the
/// text encoder otherwise. Thread-safe.
/// </summary>
internal sealed class PromptSource(GroundingModel model)
{
    private readonly Lazy<PhraseEncoder> _encoder = new(() => PhraseEncoder.Open(model.Bundle));

    /// <summary>The phrase as the text encoder sees it.</summary>
    /// <exception cref="InputException">The phrase is empty or unknown, or the bundle has no tokenizer.</exception>
    public EncodedPhrase Encode(string phrase) =>
        model.StoredPhrases?.Find(phrase) is { } stored
            ? new EncodedPhrase(stored.Phrase, stored.Phrase, stored.Ids, stored.Tokens, stored.Positions, [])
            : _encoder.Value.Encode(phrase);

    /// <summary>The states of encoded phrases, in order.</summary>
    public PromptContext[] States(EncodedPhrase[] phrases, CancellationToken cancellationToken)
    {
        PromptContext[] contexts = new PromptContext[phrases.Length];
        List<int> rest = [];
        for (int i = 0; i < phrases.Length; i++)
        {
            if (model.StoredPhrases?.Find(phrases[i].Phrase) is { } stored)
            {
                contexts[i] = new PromptContext(model.StoredPhrases.StatesOf(stored), stored.Positions);
            }
            else
            {
                rest.Add(i);
            }
        }

        foreach (int[] batch in rest.Chunk(model.Deterministic ? 1 : Math.Max(1, rest.Count)))
        {
            float[] states = model.EncodeText([.. batch.SelectMany(i => phrases[i].Ids)], batch.Length, cancellationToken);
            int length = states.Length / batch.Length;
            for (int row = 0; row < batch.Length; row++)
            {
                contexts[batch[row]] = new PromptContext(states.AsMemory(row * length, length), phrases[batch[row]].Positions);
            }
        }

        foreach (PromptContext context in contexts)
        {
            FiniteValues.Check(context.HiddenStates.Span, "the prompts' hidden states", BundleLayout.TextEncoder);
        }

        return contexts;
    }
}
