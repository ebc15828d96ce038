using CxrOnnx.Core.Confidence;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Evidence;

/// <summary>From what, and how, the recipe of evidence maps is learned.</summary>
public sealed record EvidenceRequest
{
    /// <summary>The bundle: a folder or a <c>.cxrb</c> file.</summary>
    public required string Bundle { get; init; }

    /// <summary>The data set, by name.</summary>
    public required string Dataset { get; init; }

    /// <summary>Its annotations.</summary>
    public required string Annotations { get; init; }

    /// <summary>The folder of its images.</summary>
    public required string Images { get; init; }

    /// <summary>The preset whose attention is used; it becomes an evidence preset by the recipe.</summary>
    /// <value>Default: <c>fast</c>.</value>
    public string Preset { get; init; } = "fast";

    /// <summary>Pairs of opposite noises where the bundle has no confidence whose noise could be shared.</summary>
    /// <value>Default: <see cref="NoiseProbe.UsualPairs"/>.</value>
    public int NoisePairs { get; init; } = NoiseProbe.UsualPairs;

    /// <summary>Standard deviation of the smoothing, as a share of the latents' side.</summary>
    /// <value>Default: 1/16, two cells of the shipped model's 32.</value>
    public double Smoothing { get; init; } = 0.0625;

    /// <summary>Power of the probability before the min-max.</summary>
    /// <value>Default: 0.7.</value>
    public double Exponent { get; init; } = 0.7;

    /// <summary>Folds of the cross-validation; no image is in two.</summary>
    /// <value>Default: 5.</value>
    public int Folds { get; init; } = 5;

    /// <summary>Ridge penalty of the regression, per cell.</summary>
    /// <value>Default: 0.0001.</value>
    public double Ridge { get; init; } = 1e-4;

    /// <summary>
    /// Images inverted together, 1 to 64; null = what the provider gains from (<see cref="GroundingPipeline.ImagesAtOnce"/>).
    /// </summary>
    public int? ImagesAtOnce { get; init; }

    /// <summary>What to run on.</summary>
    public GroundingModelOptions Model { get; init; } = new();
}
