using CxrOnnx.Grounding;

namespace CxrOnnx.Workflows.Phrases;

/// <summary>A phrase that was asked for and what was found for it.</summary>
/// <param name="Asked">The phrase, as it was understood.</param>
/// <param name="Grounding">Where its text lies; null where the phrase is denied.</param>
public sealed record PhraseAnswer(AskedPhrase Asked, PhraseGrounding? Grounding);
