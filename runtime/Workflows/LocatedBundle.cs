namespace CxrOnnx.Workflows;

/// <summary>A bundle that <see cref="BundleLocator"/> found.</summary>
/// <param name="Path">The folder or file.</param>
/// <param name="How">How it was found, such as <c>named by CXR_BUNDLE</c>.</param>
public sealed record LocatedBundle(string Path, string How);
