namespace CxrOnnx.Grounding.Trajectory;

/// <summary>The stages of a grounding, in order.</summary>
public enum GroundingStage
{
    /// <summary>Preprocessing and the VAE encoder.</summary>
    EncodeImage,

    /// <summary>The inversion: one evaluation of the whole U-Net per step.</summary>
    Invert,

    /// <summary>The text encoder.</summary>
    EncodeText,

    /// <summary>The truncated U-Net: one evaluation per phrase and step.</summary>
    Attend,

    /// <summary>The confidence: evaluations of the whole U-Net on noised images, per phrase.</summary>
    Support,
}
