namespace CxrOnnx.Trainer.Data;

/// <summary>A prompt as the text encoder sees it.</summary>
/// <param name="Ids">S ids of the full vocabulary, with BoS, EoS and padding.</param>
/// <param name="OwnPositions">Positions of the prompt's own tokens.</param>
public sealed record TokenizedPrompt(IReadOnlyList<long> Ids, IReadOnlyList<int> OwnPositions);
