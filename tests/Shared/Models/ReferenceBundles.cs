using CxrOnnx.Exporter;

namespace CxrOnnx.Tests;

/// <summary>Bundles exported from the reference checkpoints, with their parity files, made once per test run.</summary>
internal static class ReferenceBundles
{
    private static readonly Lazy<string> LazyTuned = new(() => Export("tuned", yaml => yaml));
    private static readonly Lazy<string> LazyFrozen = new(() => Export("frozen", yaml => yaml));

    private static readonly Lazy<string> LazyAllLayers = new(() =>
        Export("tuned", yaml => yaml.Replace("[4, 5, 6, 7]", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", StringComparison.Ordinal), parity: false)
    );

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

    /// <summary>All 11 layers; no parity file.</summary>
    public static string AllLayers => LazyAllLayers.Value;

    /// <summary>The three checkpoints and the tuned configuration.</summary>
    public static BundleExportOptions Options(string output) =>
        new()
        {
            UNetPath = Fixtures.Path("unet/diffusion_model.safetensors"),
            VaePath = Fixtures.Path("vae/autoencoder.safetensors"),
            TextEncoderPath = Fixtures.Path("text/model.safetensors"),
            ConfigurationPath = Fixtures.Path("golden/model-tuned.yaml"),
            OutputPath = output,
        };

    private static string Export(string variant, Func<string, string> change, bool parity = true)
    {
        string folder = TestRunFolder.Create();
        string configuration = Path.Combine(folder, "model.yaml");
        File.WriteAllText(configuration, change(File.ReadAllText(Fixtures.Path($"golden/model-{variant}.yaml"))));
        string output = Path.Combine(folder, "bundle");
        BundleExporter.Export(
            Options(output) with
            {
                ConfigurationPath = configuration,
                GoldenPath = parity ? ParityFile.Path(variant) : null,
            }
        );
        return output;
    }
}
