using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>What is known of whether an image supports a phrase.</summary>
/// <param name="Prompt">The standard prompt that was asked; null where the phrase is none.</param>
/// <param name="Confidence">How likely; null where it is not known.</param>
/// <param name="Gap">Why it is not known; null where it is.</param>
/// <param name="Warning">What the user should know besides, or null.</param>
internal readonly record struct PhraseSupport(StandardPrompt? Prompt, PhraseConfidence? Confidence, ConfidenceGap? Gap, string? Warning);
