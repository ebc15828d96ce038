using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>The tuned reference bundle as a loaded model, and copies of it to damage.</summary>
internal static class ReferenceModel
{
    private static readonly Lazy<GroundingModel> LazyTuned = new(() =>
        GroundingModel.Load(Bundle.Open(ReferenceBundles.Tuned), GroundingPipelineReferenceTests.Options)
    );

    /// <summary>Loaded once for all tests that do not count evaluations. Never disposed: it lives as long as the process.</summary>
    public static GroundingModel Tuned => LazyTuned.Value;

    /// <summary>A copy of a bundle to damage; its files can be changed before <see cref="Seal"/>.</summary>
    public static string Copy(string bundle)
    {
        string folder = TestRunFolder.Create();
        foreach (string file in Directory.EnumerateFiles(bundle))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    /// <summary>Rewrites the manifest of a changed bundle so that the checksums fit again.</summary>
    public static void Seal(string folder, Func<BundleManifest, BundleManifest> change)
    {
        string path = Path.Combine(folder, BundleManifestFile.FileName);
        BundleManifest manifest = BundleManifestFile.Read(path);
        File.Delete(path);
        BundleManifestFile.Seal(folder, change(manifest));
    }
}
