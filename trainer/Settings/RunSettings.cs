namespace CxrOnnx.Trainer.Settings;

/// <summary>Everything that decides how the small model is trained: one YAML file, snake case, every key optional.</summary>
public sealed record RunSettings
{
    /// <summary>Which images.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>How captions are drawn.</summary>
    public CaptionSettings Captions { get; init; } = new();

    /// <summary>Autoencoder.</summary>
    public VaeTrainingSettings Vae { get; init; } = new();

    /// <summary>Text encoder alone, before the U-Net.</summary>
    public TextTrainingSettings Text { get; init; } = new();

    /// <summary>Text encoder and U-Net.</summary>
    public DiffusionTrainingSettings Diffusion { get; init; } = new();

    /// <summary>Prompt tuning.</summary>
    public PromptTuningSettings Tuning { get; init; } = new();

    /// <summary>
    /// What libtorch computes on: <c>auto</c> (CUDA where it can be used, else the CPU), <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.
    /// </summary>
    public string Device { get; init; } = "auto";

    /// <summary>
    /// Whether a GPU may use TF32 in training: factors of products and convolutions rounded to 10 bits of mantissa, sums in float32. On by
    /// default, because gradients are noisier than that and it is several times faster; nothing on the CPU.
    /// </summary>
    public bool Tf32 { get; init; } = true;

    /// <summary>Threads of libtorch; 0 = as many as there are processors.</summary>
    public int Threads { get; init; } = 2;
}
