using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;

namespace CxrOnnx.Tests;

/// <summary>
/// The tiny bundle with a preset <c>evidence</c> whose recipe was made up: what its maps show means nothing, how they are made does. Made
/// once per test run.
/// </summary>
internal static class EvidenceBundle
{
    private static readonly Lazy<string> LazyFolder = new(Make);

    /// <summary>The bundle's folder; must not be changed.</summary>
    public static string Folder => LazyFolder.Value;

    /// <summary>A recipe for any model, one pair of noises.</summary>
    public static EvidenceRecipe Recipe { get; } = new([400], 7, 0.0625, new EvidenceWeights(-3, 2, 2, 1), 0.7, "made up");

    /// <summary>What <c>cxr-lab evidence</c> would have learned with a bundle.</summary>
    /// <param name="bundle">The bundle's folder.</param>
    /// <param name="preset">The preset whose attention is used.</param>
    public static EvidenceFile File(string bundle, string preset = "fast") =>
        new(
            EvidenceFile.CurrentSchemaVersion,
            "test",
            Sha256.OfFile(Path.Combine(bundle, BundleLayout.WeightFile)),
            preset,
            Recipe,
            new Dictionary<string, double>()
        );

    private static string Make()
    {
        string folder = TinyBundle.Copy(TestRunFolder.Create());
        EvidencePreset.Attach(folder, File(folder), "test");
        return folder;
    }
}
