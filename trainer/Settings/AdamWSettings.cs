using CxrOnnx.Trainer.Training;

namespace CxrOnnx.Trainer.Settings;

/// <summary>Settings of <see cref="AdamW"/>.</summary>
public sealed record AdamWSettings
{
    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Largest Euclidean norm of the whole gradient; larger gradients are scaled down to it. 0 switches clipping off.</summary>
    public double MaxGradientNorm { get; init; } = 1.0;

    /// <summary>Decay of the average of the weights; the first steps use the smaller (1 + step) / (10 + step).</summary>
    public double AverageDecay { get; init; } = 0.999;
}
