using CxrOnnx.Trainer.Pretraining;

namespace CxrOnnx.Trainer.Settings;

/// <summary>Settings of <see cref="VaeTraining"/>.</summary>
public sealed record VaeTrainingSettings
{
    /// <summary>Seed of initialisation, order and noise.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Side of the random crops that a step sees, in pixels: the model is convolutional, and a quarter of the pixels is a quarter of the
    /// time. 0 = whole images.
    /// </summary>
    public int CropSize { get; init; } = 64;

    /// <summary>How many of the last steps see whole images, so that the normalisations end with the statistics they will meet.</summary>
    public int WholeImageSteps { get; init; } = 150;

    /// <summary>Learning rates; its TotalSteps is the length of the run.</summary>
    public LearningRateSchedule LearningRate { get; init; } =
        new()
        {
            Peak = 1e-3,
            WarmUpSteps = 50,
            TotalSteps = 1500,
        };

    /// <summary>Optimiser.</summary>
    public AdamWSettings Optimizer { get; init; } = new() { AverageDecay = 0.99, WeightDecay = 0 };

    /// <summary>Weight of the mean absolute difference of horizontal and vertical gradients; it keeps thin lines.</summary>
    public double EdgeWeight { get; init; } = 1.0;

    /// <summary>Weight of the KL divergence from the unit normal, averaged over latent elements.</summary>
    public double KlWeight { get; init; } = 1e-3;

    /// <summary>Steps between two lines of the learning curve.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>Steps between two checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 250;
}
