namespace CxrOnnx.Workflows.Batch;

/// <summary>What a run did.</summary>
/// <param name="Images">Images of the part.</param>
/// <param name="Grounded">Phrases grounded now.</param>
/// <param name="Failed">Phrases without an answer.</param>
/// <param name="Earlier">Phrases that an earlier run had grounded.</param>
/// <param name="FirstError">The first error, or empty.</param>
public sealed record BatchSummary(int Images, int Grounded, int Failed, int Earlier, string FirstError);
