namespace CxrOnnx.Workflows.Batch;

/// <summary>Something that a batch asks of an image.</summary>
/// <param name="Phrase">The phrase as the manifest or the annotations have it.</param>
/// <param name="Category">Its class in an annotated data set, where a phrase may stand for several; null in a manifest.</param>
public sealed record BatchPhrase(string Phrase, string? Category = null);
