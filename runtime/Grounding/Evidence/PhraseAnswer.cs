using CxrOnnx.Core.Confidence;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;

namespace CxrOnnx.Grounding.Evidence;

/// <summary>A phrase on its way to a result.</summary>
/// <param name="Asked">As it was asked for.</param>
/// <param name="Grounded">What was grounded for it: another text where places were put in.</param>
/// <param name="Prompt">Its states.</param>
/// <param name="Map">Its map.</param>
/// <param name="Gain">What it does to the prediction; null where no evidence is asked for.</param>
/// <param name="Evidence">What follows from that.</param>
/// <param name="Texts">How many texts were evaluated for it.</param>
internal sealed record PhraseAnswer(
    EncodedPhrase Asked,
    EncodedPhrase Grounded,
    PromptContext Prompt,
    PromptMap Map,
    PredictionGain? Gain,
    PhraseEvidence? Evidence,
    int Texts
);
