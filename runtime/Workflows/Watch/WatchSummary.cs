namespace CxrOnnx.Workflows.Watch;

/// <summary>What one look at the archive came to.</summary>
/// <param name="Stored">Images whose results were stored.</param>
/// <param name="Objects">Objects that were stored.</param>
/// <param name="Refused">Images that cannot be grounded, recorded as such.</param>
/// <param name="Failed">Images that the archive did not give or whose results it did not take; they are tried again at the next look.</param>
/// <param name="Waiting">Studies that have no report yet.</param>
/// <param name="Earlier">Images that were done before.</param>
public sealed record WatchSummary(int Stored, int Objects, int Refused, int Failed, int Waiting, int Earlier);
