using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>The prompt without words, with which images are inverted and phrases are compared.</summary>
public static class EmptyPrompt
{
    /// <summary>Its token ids: beginning, end, and padding up to the text encoder's length.</summary>
    /// <param name="manifest">The bundle's manifest.</param>
    public static long[] Ids(BundleManifest manifest)
    {
        BundleVocabulary vocabulary = manifest.Vocabulary;
        long[] ids = new long[manifest.Model.TextEncoder.MaxPositionEmbeddings];
        Array.Fill(ids, vocabulary.PadId);
        ids[0] = vocabulary.BosId;
        ids[1] = vocabulary.EosId;
        return ids;
    }
}
