using CxrOnnx.Core.Tokenization;

namespace CxrOnnx.Trainer.Data;

/// <summary>The tokens that training captions use.</summary>
public static class TrainingVocabulary
{
    /// <summary>Special tokens, the codebook, and the words around standard prompts.</summary>
    public static CompactVocabulary Of(ClipTokenizer tokenizer) =>
        new([
            .. tokenizer.Encode(string.Empty).Ids,
            .. Codebook.Build(tokenizer).TokenIds.Select(id => (long)id),
            .. CaptionSampler.Phrases.Append("lung").SelectMany(phrase => tokenizer.Encode(phrase).Ids),
        ]);

    /// <summary>A tokenizer as training wants it.</summary>
    public static PromptTokenization Tokenization(ClipTokenizer tokenizer) =>
        text =>
        {
            TokenizedText encoded = tokenizer.Encode(text);
            return new TokenizedPrompt(encoded.Ids, encoded.Positions);
        };
}
