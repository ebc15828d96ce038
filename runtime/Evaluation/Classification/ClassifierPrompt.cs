using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Classification;

/// <summary>A phrase as a class of the diffusion classifier.</summary>
public static class ClassifierPrompt
{
    /// <summary>The hidden states of phrases; the empty text is the empty prompt.</summary>
    /// <param name="model">The model.</param>
    /// <param name="phrases">The phrases; at least one.</param>
    /// <param name="grounder">Encodes them.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>float32 [S, W] each.</returns>
    public static IReadOnlyList<float[]> Encode(
        GroundingModel model,
        GroundingPipeline grounder,
        IReadOnlyList<string> phrases,
        CancellationToken cancellationToken
    )
    {
        long[] ids = [.. phrases.SelectMany(phrase => phrase.Length == 0 ? EmptyPrompt.Ids(model.Manifest) : grounder.Encode(phrase).Ids)];
        float[] states = model.EncodeText(ids, phrases.Count, cancellationToken);
        return [.. states.Chunk(states.Length / phrases.Count)];
    }

    /// <summary>Refuses a class that the bundle would read only in part: the classifier would silently answer another question.</summary>
    /// <param name="option">The option it was given with.</param>
    /// <param name="phrase">The phrase.</param>
    /// <param name="grounder">Encodes it.</param>
    /// <param name="vocabulary">The bundle's vocabulary.</param>
    /// <exception cref="InputException">A closed vocabulary lacks some of its words.</exception>
    public static void Check(string option, string phrase, GroundingPipeline grounder, BundleVocabulary vocabulary)
    {
        if (phrase.Length == 0)
        {
            return;
        }

        string reason;
        try
        {
            EncodedPhrase encoded = grounder.Encode(phrase);
            if (vocabulary.Kind != "closed" || encoded.Text == phrase)
            {
                return;
            }

            reason = string.Join("; ", encoded.Warnings);
        }
        catch (InputException exception) when (vocabulary.Kind == "closed")
        {
            reason = exception.Message;
        }

        throw new InputException(
            $"{option} \"{phrase}\": {reason}. "
                + $"{(option == "`negative`" ? "Give `negative` \"\" to compare with the empty prompt" : "Give words that it knows")}, or "
                + $"export the bundle with `vocabulary` open"
        );
    }
}
