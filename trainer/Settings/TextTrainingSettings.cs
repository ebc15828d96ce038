using CxrOnnx.Trainer.Pretraining;

namespace CxrOnnx.Trainer.Settings;

/// <summary>Settings of <see cref="TextTraining"/> and <see cref="LanguageTraining"/>.</summary>
public sealed record TextTrainingSettings
{
    /// <summary>What is learned: the words of standard prompts, or the language of reports.</summary>
    public TextObjective Objective { get; init; } = TextObjective.Words;

    /// <summary>
    /// How many reports the language is learned from, from index <see cref="ReportsStart"/>: none of them belongs to an image.
    /// </summary>
    public int Reports { get; init; } = 20000;

    /// <summary>First index of these reports, away from those of all images.</summary>
    public long ReportsStart { get; init; } = 100_000_000;

    /// <summary>
    /// Weight of the loss that tells at the end of a text which other text is of the same report, beside that of the next token.
    /// 0 = the next token alone: then nothing asks the state at the end to know what came before.
    /// </summary>
    public double ContrastWeight { get; init; } = 0.5;

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
