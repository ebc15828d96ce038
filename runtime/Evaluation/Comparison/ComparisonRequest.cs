using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation.Comparison;

/// <summary>What <c>cxr compare</c> is to do.</summary>
public sealed record ComparisonRequest
{
    /// <summary>The first bundle, folder or file.</summary>
    public required string First { get; init; }

    /// <summary>The second bundle.</summary>
    public required string Second { get; init; }

    /// <summary>The images; null takes the samples that ship, with their annotations.</summary>
    public string? Images { get; init; }

    /// <summary>Format of <see cref="Annotations"/>; see <see cref="Datasets.EvaluationDataset.KnownNames"/>.</summary>
    public string Dataset { get; init; } = "ms-cxr";

    /// <summary>The data set's annotation file, for scores; null where there is none.</summary>
    public string? Annotations { get; init; }

    /// <summary>Phrases that are asked of every image, where there are no annotations.</summary>
    public IReadOnlyList<string> Phrases { get; init; } = [];

    /// <summary>Most images; 0 = all.</summary>
    public int Limit { get; init; }

    /// <summary>The preset of both.</summary>
    public string Preset { get; init; } = "exact";

    /// <summary>A pixel above this belongs to a box, in [0,1].</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>What both run on.</summary>
    public GroundingModelOptions Model { get; init; } = new();
}
