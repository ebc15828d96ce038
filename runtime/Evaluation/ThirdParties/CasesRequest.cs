using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.ThirdParties;

/// <summary>What <c>cxr cases</c> is to do.</summary>
public sealed record CasesRequest
{
    /// <summary>The annotated data set, and which part of it.</summary>
    public required DatasetSource Source { get; init; }

    /// <summary>Folder of the images, or null: no paths are given.</summary>
    public string? Images { get; init; }

    /// <summary>The atlas for synthetic phrases, or null for the built-in one; the evaluation must have the same.</summary>
    public string? Atlas { get; init; }

    /// <summary>Folder for <c>cases.csv</c>.</summary>
    public required string Folder { get; init; }
}
