namespace CxrOnnx.Trainer.Settings;

/// <summary>Weights and constants of the weak supervision.</summary>
public sealed record GroundingLossSettings
{
    /// <summary>Weight of L_div in the total.</summary>
    public double DivergenceWeight { get; init; } = 1;

    /// <summary>Weight of L_loc in the total.</summary>
    public double LocationWeight { get; init; } = 1;

    /// <summary>alpha: how much of G is added to the target. The paper tries 0, 0.1 and 1.</summary>
    public double Alpha { get; init; } = 0.1;

    /// <summary>Cells with G above this keep their attention in the target.</summary>
    public double MaskThreshold { get; init; } = 1e-5;
}
