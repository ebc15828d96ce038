using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.PromptTuning;

namespace CxrOnnx.Trainer.Training;

/// <summary>Everything that decides how the small model is trained: one YAML file, snake case, every key optional.</summary>
public sealed record RunSettings
{
    /// <summary>Which images.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>How captions are drawn.</summary>
    public CaptionSettings Captions { get; init; } = new();

    /// <summary>Autoencoder.</summary>
    public VaeTrainingSettings Vae { get; init; } = new();

    /// <summary>Text encoder and U-Net.</summary>
    public DiffusionTrainingSettings Diffusion { get; init; } = new();

    /// <summary>What changes after the steps of <see cref="Diffusion"/>, whose training goes on with the same weights; null for one phase only.</summary>
    public DiffusionPhase? SecondPhase { get; init; }

    /// <summary>Prompt tuning.</summary>
    public PromptTuningSettings Tuning { get; init; } = new();

    /// <summary>Threads of libtorch; 0 = as many as there are processors.</summary>
    public int Threads { get; init; } = 2;
}

/// <summary>A later phase of the training of text encoder and U-Net.</summary>
public sealed record DiffusionPhase
{
    /// <summary>How captions are drawn.</summary>
    public CaptionSettings Captions { get; init; } = new();

    /// <summary>Settings; TotalSteps counts from the beginning of the first phase.</summary>
    public DiffusionTrainingSettings Diffusion { get; init; } = new();
}

/// <summary>Which synthetic radiographs are used for what. Index ranges do not overlap.</summary>
public sealed record DataSettings
{
    /// <summary>Preset of the phantom generator.</summary>
    public string Preset { get; init; } = "hospital-a";

    /// <summary>Seed of the phantom generator.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Images for pre-training, from index 0.</summary>
    public int TrainingImages { get; init; } = 16000;

    /// <summary>Held-out images for validation, from index <see cref="ValidationStart"/>.</summary>
    public int ValidationImages { get; init; } = 512;

    /// <summary>First index of the validation images.</summary>
    public long ValidationStart { get; init; } = 10_000_000;

    /// <summary>How many of the training images prompt tuning uses.</summary>
    public int TuningImages { get; init; } = 600;
}
