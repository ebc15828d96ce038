namespace CxrOnnx.Server.Metrics;

/// <summary>What the metrics say of a bundle that is served.</summary>
/// <param name="Id">Id of the bundle.</param>
/// <param name="Precision">Precision of its graphs.</param>
/// <param name="Provider">What it runs on.</param>
internal sealed record ServedBundle(string Id, string Precision, string Provider);
