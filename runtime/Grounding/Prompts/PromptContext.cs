namespace CxrOnnx.Grounding.Prompts;

/// <summary>A prompt as the U-Net sees it.</summary>
/// <param name="HiddenStates">Text encoder's last hidden state, float32 [S, W], row-major.</param>
/// <param name="Positions">Positions of the prompt's own tokens in S: BoS, EoS and padding excluded. At least one.</param>
public sealed record PromptContext(ReadOnlyMemory<float> HiddenStates, IReadOnlyList<int> Positions);
