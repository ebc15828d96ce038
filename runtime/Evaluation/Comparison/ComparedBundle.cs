namespace CxrOnnx.Evaluation.Comparison;

/// <summary>One of the two bundles, and how long it took.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Id">Its id.</param>
/// <param name="Model">Name of its model.</param>
/// <param name="Precision">Its precision.</param>
/// <param name="SecondsPerImage">
/// Seconds per image with all its phrases, in turns with the other bundle; without the first image, where there are several, because it
/// warms up.
/// </param>
public sealed record ComparedBundle(string Path, string Id, string Model, string Precision, IReadOnlyList<double> SecondsPerImage);
