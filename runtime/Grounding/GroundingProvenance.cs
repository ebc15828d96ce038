using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding;

/// <summary>What a result was computed with, as far as it decides the numbers.</summary>
public sealed record GroundingProvenance
{
    /// <summary>Id of the bundle.</summary>
    public required string BundleId { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Precision of the bundle's graphs.</summary>
    public required string Precision { get; init; }

    /// <summary>Execution provider: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>
    /// Whether the bytes depend on image, phrase, bundle and preset alone on this machine; see
    /// <see cref="GroundingModelOptions.Deterministic"/>.
    /// </summary>
    public bool Deterministic { get; init; }

    /// <summary>Version of ONNX Runtime.</summary>
    public required string RuntimeVersion { get; init; }

    /// <summary>Name of the preset.</summary>
    public required string Preset { get; init; }

    /// <summary>SHA-256 over the trajectory's latents.</summary>
    public required string TrajectorySha256 { get; init; }

    /// <summary>Evaluations of the whole U-Net for the image; shared by all its phrases.</summary>
    public required int TrajectoryEvaluations { get; init; }

    /// <summary>
    /// Evaluations of the truncated U-Net for this phrase; with an evidence map also those of its other side and of the places asked.
    /// </summary>
    public required int AttentionEvaluations { get; init; }

    /// <summary>Evaluations of the whole U-Net for this phrase's confidence and evidence; 0 where there is neither.</summary>
    public required int SupportEvaluations { get; init; }

    /// <summary>Those of the image that all its phrases share: once per image; 0 where there are none.</summary>
    public required int SupportImageEvaluations { get; init; }
}
