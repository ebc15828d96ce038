using CxrOnnx.Core.Atlas;
using CxrOnnx.Trainer.PromptTuning;

namespace CxrOnnx.Trainer.Settings;

/// <summary>
/// Settings of <see cref="PromptTuningRun"/>. Defaults are those of arXiv:2506.10633 sections 3.2 and 4.4 where it gives them.
/// </summary>
public sealed record PromptTuningSettings
{
    /// <summary>Seed of order and jitter.</summary>
    public long Seed { get; init; } = 3;

    /// <summary>First (inclusive) and last (exclusive) inversion step that the loss looks at.</summary>
    public IReadOnlyList<int> StepRange { get; init; } = [30, 60];

    /// <summary>How many steps of the range one update uses, drawn anew each time; 0 = all of them.</summary>
    public int StepsPerSample { get; init; }

    /// <summary>Cross-attention layers that the loss looks at, in module order; null = those of the model's grounding settings.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Learning rates; its TotalSteps is the length of the run (one sample per step).</summary>
    public LearningRateSchedule LearningRate { get; init; } =
        new()
        {
            Peak = 1e-4,
            WarmUpSteps = 1,
            TotalSteps = 6480,
            DecayStart = 1,
        };

    /// <summary>Whether sub-tokens that belong to a location and a pathology learn.</summary>
    public bool LearnSharedTokens { get; init; } = true;

    /// <summary>Weights of the losses and alpha.</summary>
    public GroundingLossSettings Loss { get; init; } = new();

    /// <summary>Size of the Gaussians.</summary>
    public GaussianScale Scale { get; init; } = GaussianScale.Peak;

    /// <summary>How the Gaussians of several locations become one.</summary>
    public GaussianCombination Combination { get; init; } = GaussianCombination.Max;

    /// <summary>Token ids that do not count as a prompt's own: by default that of "and".</summary>
    public IReadOnlyList<long> IgnoredTokenIds { get; init; } = [537];

    /// <summary>Centre and spread of each Gaussian are moved by up to this fraction of the image side.</summary>
    public double Jitter { get; init; } = 0.05;

    /// <summary>
    /// Samples of one update; the losses are their mean. 1, as in the paper. A GPU is better used by more, but it is then another training.
    /// </summary>
    public int SamplesPerStep { get; init; } = 1;

    /// <summary>
    /// Images inverted together when the trajectories are computed, once, before tuning. More use a GPU better and need more of its memory;
    /// the states then differ in the last bits.
    /// </summary>
    public int TrajectoryBatch { get; init; } = 16;

    /// <summary>Steps between two measurements of the losses on the validation split; 0 = never, as in the paper.</summary>
    public int ValidateEvery { get; init; }

    /// <summary>How many samples of the validation split are measured: the first ones.</summary>
    public int ValidationSamples { get; init; } = 64;

    /// <summary>
    /// Early stopping: after this many measurements without a lower validation loss the run ends, and the rows of the lowest one are kept.
    /// 0 = never, as in the paper: the last rows are kept.
    /// </summary>
    public int Patience { get; init; }

    /// <summary>Steps between two lines of the learning curve.</summary>
    public int LogEvery { get; init; } = 20;

    /// <summary>Steps between two checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 100;
}
