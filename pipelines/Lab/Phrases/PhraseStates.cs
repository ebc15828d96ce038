using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Workflows.Ground;

namespace CxrOnnx.Lab.Phrases;

/// <summary>Computes the text states of the standard prompts that a bundle knows, for its <c>phrases.safetensors</c>.</summary>
internal static class PhraseStates
{
    /// <summary>Writes the file. One prompt at a time, so that a prompt's states do not depend on the others.</summary>
    /// <param name="bundle">The bundle; has a tokenizer, and the weights of the one that the file is for.</param>
    /// <param name="path">The file.</param>
    /// <returns>The number of prompts.</returns>
    /// <exception cref="Core.InputException">The bundle knows none of them.</exception>
    public static int Write(Bundle bundle, string path)
    {
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        GroundingPipeline grounder = new(model);
        EncodedPhrase[] phrases = [.. StandardPhrases.Prompts(grounder).Select(grounder.Encode)];
        StoredPhraseFile.Write(
            path,
            BundleLayout.WeightsOf(bundle.Manifest)!.Sha256,
            model.Configuration.TextEncoder.MaxPositionEmbeddings,
            [
                .. phrases.Select(phrase =>
                    (
                        new StoredPhrase(phrase.Phrase, phrase.Ids, phrase.Tokens, phrase.Positions),
                        (ReadOnlyMemory<float>)model.EncodeText([.. phrase.Ids], 1)
                    )
                ),
            ],
            model.EmptyPromptStates.ToArray()
        );
        return phrases.Length;
    }
}
