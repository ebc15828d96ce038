namespace CxrOnnx.Workflows.Batch;

/// <summary>An image of a manifest with everything asked about it.</summary>
/// <param name="Position">Position among the manifest's images, from 0.</param>
/// <param name="Image">The image as the manifest names it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Phrases">The phrases, each once, in order.</param>
public sealed record BatchImage(int Position, string Image, string Path, IReadOnlyList<string> Phrases);
