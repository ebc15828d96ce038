using CxrOnnx.Trainer.Pretraining;

namespace CxrOnnx.Trainer.Settings;

/// <summary>Settings of <see cref="DiffusionTraining"/>.</summary>
public sealed record DiffusionTrainingSettings
{
    /// <summary>Seed of initialisation, order, captions and noise.</summary>
    public long Seed { get; init; } = 2;

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// Whether the U-Net computes in bfloat16 while the weights are kept in float32. Faster where the processor has bfloat16 instructions;
    /// validation and checkpoints are float32 in any case.
    /// </summary>
    public bool BFloat16 { get; init; } = true;

    /// <summary>Learning rates; its TotalSteps is the length of the run.</summary>
    public LearningRateSchedule LearningRate { get; init; } =
        new()
        {
            Peak = 1e-3,
            WarmUpSteps = 100,
            TotalSteps = 6000,
            DecayStart = 0.5,
        };

    /// <summary>Whether the U-Net alone learns, with the text encoder that <see cref="TextTraining"/> made.</summary>
    public bool FrozenTextEncoder { get; init; }

    /// <summary>Step at which the run ends before the schedule of learning rates does; 0 = where the schedule ends.</summary>
    public long StopAt { get; init; }

    /// <summary>Steps after which the run is done.</summary>
    public long EndStep => StopAt > 0 ? StopAt : LearningRate.TotalSteps;

    /// <summary>Optimiser.</summary>
    public AdamWSettings Optimizer { get; init; } = new();

    /// <summary>Share of the batch whose time step is drawn from <see cref="MiddleRange"/> instead of the whole schedule.</summary>
    public double MiddleFraction { get; init; } = 0.5;

    /// <summary>
    /// First (inclusive) and last (exclusive) time step of the part of the schedule that decides about the layout and that grounding reads.
    /// </summary>
    public IReadOnlyList<int> MiddleRange { get; init; } = [200, 650];

    /// <summary>
    /// Share of the batch in which the hidden states of BoS, EoS and padding are those of the empty prompt. The text tower is causal, so
    /// these positions otherwise carry the whole prompt and the U-Net need not look at the prompt's own tokens.
    /// </summary>
    public double NeutralSpecialsFraction { get; init; } = 0.5;

    /// <summary>Steps between two lines of the learning curve.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>Steps between two validations.</summary>
    public int ValidateEvery { get; init; } = 500;

    /// <summary>Steps between two checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>Images of the validation set.</summary>
    public int ValidationImages { get; init; } = 128;
}
