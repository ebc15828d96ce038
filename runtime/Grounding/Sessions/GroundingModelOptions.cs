namespace CxrOnnx.Grounding.Sessions;

/// <summary>How a bundle is loaded.</summary>
public sealed record GroundingModelOptions
{
    /// <summary>What to run on.</summary>
    /// <value>Default: <see cref="ExecutionProvider.Auto"/>.</value>
    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Auto;

    /// <summary>A CUDA plug-in provider library to register.</summary>
    /// <value>Default: none.</value>
    public string? ProviderLibrary { get; init; }

    /// <summary>Number of the GPU.</summary>
    /// <value>Default: 0.</value>
    public int DeviceId { get; init; }

    /// <summary>
    /// How the numbers are computed. <see cref="MathPrecision.Tf32"/> and <see cref="MathPrecision.Fp16"/> are refused on the CPU, and
    /// <see cref="MathPrecision.Fp16"/> also where the bundle has no graph set for it.
    /// </summary>
    /// <value>Default: <see cref="MathPrecision.Fp32"/>.</value>
    public MathPrecision Math { get; init; } = MathPrecision.Fp32;

    /// <summary>Threads that one operator may use.</summary>
    /// <value>Default: 0 = one per physical core.</value>
    public int Threads { get; init; }

    /// <summary>
    /// Whether ONNX Runtime may keep its own rearranged copies of the weights (convolutions in blocked layout, one copy per session; packed
    /// matrices), which is faster and costs memory. Where false, the sessions compute on the mapped weight file itself and share it.
    /// </summary>
    /// <remarks>
    /// Measured with the published sizes on the CPU (U-Net weights 1,006 MiB; denoiser and attention graph loaded and run): rearranged
    /// 2,282 MiB resident, not rearranged 1,335 MiB; processor time of an evaluation 3.9 s against 4.5 s.
    /// </remarks>
    /// <value>Default: true.</value>
    public bool PrepackWeights { get; init; } = true;

    /// <summary>
    /// Whether a phrase on an image has to give the same bytes alone or in any company, in any order and with any memory budget, on one
    /// machine: every call of a graph then has a shape that the preset alone decides (one prompt, a fixed number of steps), and the number
    /// of threads is fixed. Phrases share no work then. Only on the CPU: <see cref="ExecutionProvider.Auto"/> takes it, any other is
    /// refused.
    /// </summary>
    /// <value>Default: false.</value>
    public bool Deterministic { get; init; }

    /// <summary>
    /// Folder where ONNX Runtime writes a profile of every session, which costs time; see <see cref="GroundingModel.EndProfiling"/>.
    /// </summary>
    /// <value>Default: null = no profile.</value>
    public string? ProfileFolder { get; init; }

    /// <summary>
    /// Whether the sessions are fixed to the image size of the bundle's configuration. Other sizes are then refused.
    /// </summary>
    /// <value>Default: false.</value>
    public bool FixImageSize { get; init; }
}
