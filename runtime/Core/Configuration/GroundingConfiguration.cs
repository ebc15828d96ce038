namespace CxrOnnx.Core.Configuration;

/// <summary>How a heatmap is made from attention maps.</summary>
public sealed record GroundingConfiguration
{
    /// <summary>Inference steps (N); spacing is "trailing".</summary>
    public required int NumInferenceSteps { get; init; }

    /// <summary>First (inclusive) and last (exclusive) inversion step whose attention is used; two numbers.</summary>
    public required IReadOnlyList<int> StepRange { get; init; }

    /// <summary>Cross-attention layers whose maps are averaged, in module order, counted from 0.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>Whether the map is multiplied by its Otsu mask.</summary>
    public required bool Otsu { get; init; }

    /// <summary>Standard deviation of the Gaussian filter, in pixels of the model's image.</summary>
    public required double GaussianSigma { get; init; }
}
