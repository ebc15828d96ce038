using CxrOnnx.Tests;

namespace CxrOnnx.Exporter.Tests;

/// <summary>Bundles exported from the reference checkpoints, made once per test run.</summary>
internal static class FixtureBundles
{
    private static readonly Lazy<string> LazyTuned = new(() => Export("tuned", yaml => yaml));
    private static readonly Lazy<string> LazyFrozen = new(() => Export("frozen", yaml => yaml));

    private static readonly Lazy<string> LazyAllLayers = new(() =>
        Export("tuned", yaml => yaml.Replace("[4, 5, 6, 7]", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", StringComparison.Ordinal))
    );

    /// <summary>Layers 4..7.</summary>
    public static string Tuned => LazyTuned.Value;

    /// <summary>Layers 3, 4, 6, 7.</summary>
    public static string Frozen => LazyFrozen.Value;

    /// <summary>All 11 layers.</summary>
    public static string AllLayers => LazyAllLayers.Value;

    public static BundleExportOptions Options(string output) =>
        new()
        {
            UNetPath = Fixtures.Path("unet/diffusion_model.safetensors"),
            VaePath = Fixtures.Path("vae/autoencoder.safetensors"),
            TextEncoderPath = Fixtures.Path("text/model.safetensors"),
            ConfigurationPath = Fixtures.Path("golden/model-tuned.yaml"),
            OutputPath = output,
        };

    private static string Export(string variant, Func<string, string> change)
    {
        string folder = TestRunFolder.Create();
        string configuration = Path.Combine(folder, "model.yaml");
        File.WriteAllText(configuration, change(File.ReadAllText(Fixtures.Path($"golden/model-{variant}.yaml"))));
        string output = Path.Combine(folder, "bundle");
        BundleExporter.Export(Options(output) with { ConfigurationPath = configuration });
        return output;
    }
}
