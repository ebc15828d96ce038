namespace CxrOnnx.Workflows.Batch;

/// <summary>What a merged batch holds.</summary>
/// <param name="Parts">Number of parts.</param>
/// <param name="Lines">Number of lines.</param>
/// <param name="Failed">Of those, lines that say why there is no answer.</param>
public sealed record BatchMergeSummary(int Parts, int Lines, int Failed);
