using CxrOnnx.Trainer.Pretraining;

namespace CxrOnnx.Trainer.Settings;

/// <summary>Settings of <see cref="TextTraining"/>.</summary>
public sealed record TextTrainingSettings
{
    /// <summary>Seed of initialisation and captions.</summary>
    public long Seed { get; init; } = 4;

    /// <summary>Captions per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Learning rates; its TotalSteps is the length of the run.</summary>
    public LearningRateSchedule LearningRate { get; init; } =
        new()
        {
            Peak = 1e-3,
            WarmUpSteps = 50,
            TotalSteps = 1200,
        };

    /// <summary>Optimiser.</summary>
    public AdamWSettings Optimizer { get; init; } = new() { AverageDecay = 0.99 };

    /// <summary>
    /// Starting value of the final normalisation's weights: it sets the size of the states, against which the U-Net's attention starts out.
    /// </summary>
    public double StateScale { get; init; } = 0.35;

    /// <summary>Steps between two lines of the learning curve.</summary>
    public int LogEvery { get; init; } = 100;
}
