namespace CxrOnnx.Grounding.Trajectory;

/// <summary>How far a grounding is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Units done in this stage.</param>
/// <param name="Total">Units of this stage.</param>
public readonly record struct GroundingProgress(GroundingStage Stage, int Done, int Total);
