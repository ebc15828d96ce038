using CxrOnnx.Core.Bundles;

namespace CxrOnnx.Exporter;

/// <summary>A bundle that was written.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Manifest">Its manifest, with id, files and checksums.</param>
/// <param name="Notes">What the user should know: renamed state-dict keys, a missing tokenizer, and the like.</param>
public sealed record BundleExportResult(string Folder, BundleManifest Manifest, IReadOnlyList<string> Notes);
