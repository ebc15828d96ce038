using CxrOnnx.Trainer.Data;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>One held-out finding.</summary>
/// <param name="Position">Position in the data set.</param>
/// <param name="Finding">Prompt, locations and boxes.</param>
public sealed record GroundingCase(int Position, TrainingFinding Finding);
