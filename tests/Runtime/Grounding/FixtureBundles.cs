using CxrOnnx.Core.Bundles;
using CxrOnnx.Exporter;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>Bundles exported from the reference checkpoints, made once per test run.</summary>
internal static class FixtureBundles
{
    private static readonly Lazy<string> LazyTuned = new(() => Export("tuned", yaml => yaml));
    private static readonly Lazy<GroundingModel> LazyTunedModel = new(() =>
        GroundingModel.Load(Bundle.Open(LazyTuned.Value), GroundingPipelineReferenceTests.Options)
    );
    private static readonly Lazy<string> LazyFrozen = new(() => Export("frozen", yaml => yaml));

    private static readonly Lazy<string> LazyThreeHundred = new(() =>
        Export(
            "frozen",
            yaml =>
                yaml.Replace(
                    "num_inference_steps: 100, step_range: [40, 60]",
                    "num_inference_steps: 300, step_range: [120, 180]",
                    StringComparison.Ordinal
                )
        )
    );

    /// <summary>Layers 4..7, no Otsu.</summary>
    public static string Tuned => LazyTuned.Value;

    /// <summary>Layers 3, 4, 6, 7 and Otsu.</summary>
    public static string Frozen => LazyFrozen.Value;

    /// <summary>As <see cref="Frozen"/> with 300 steps asked for, which are 334.</summary>
    public static string ThreeHundred => LazyThreeHundred.Value;

    /// <summary>
    /// The tuned bundle, loaded once for all tests that do not count evaluations. Never disposed: it lives as long as the process.
    /// </summary>
    public static GroundingModel TunedModel => LazyTunedModel.Value;

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

    private static string Export(string variant, Func<string, string> change)
    {
        string folder = TestRunFolder.Create();
        string original = File.ReadAllText(Fixtures.Path($"golden/model-{variant}.yaml"));
        string configuration = Path.Combine(folder, "model.yaml");
        File.WriteAllText(configuration, change(original));
        string output = Path.Combine(folder, "bundle");
        BundleExporter.Export(
            new BundleExportOptions
            {
                UNetPath = Fixtures.Path("unet/diffusion_model.safetensors"),
                VaePath = Fixtures.Path("vae/autoencoder.safetensors"),
                TextEncoderPath = Fixtures.Path("text/model.safetensors"),
                ConfigurationPath = configuration,
                OutputPath = output,
                GoldenPath = ParityFile.Path(variant),
            }
        );
        return output;
    }
}
