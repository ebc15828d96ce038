using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Core.Tests.Bundles;

/// <summary>A small bundle whose graphs are a few bytes: enough for everything that does not run it.</summary>
internal static class SampleBundle
{
    public const string ModelYaml = """
        name: sample
        image: { size: 64, latent_scale: 0.3 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 8], latent_channels: 2, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 2, out_channels: 2, num_channels: [8, 16], num_res_blocks: 1, attention_levels: [false, true],
          num_head_channels: [0, 16], cross_attention_dim: 12, transformer_num_layers: 1, norm_num_groups: 4 }
        text_encoder: { vocab_size: 100, hidden_size: 12, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2,
          hidden_act: quick_gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 10, schedule: linear_beta, beta_start: 0.001, beta_end: 0.02, prediction_type: epsilon }
        grounding: { num_inference_steps: 5, step_range: [1, 3], layers: [0, 2], otsu: true, gaussian_sigma: 1.25 }
        """;

    public static BundleManifest Draft { get; } =
        new()
        {
            SchemaVersion = BundleManifest.CurrentSchemaVersion,
            Id = "",
            CreatedBy = "tests 1.0",
            Model = ModelConfigurationFile.Parse(ModelYaml, "sample.yaml"),
            Preprocessing = new BundlePreprocessing(64, "bilinear", false, "center"),
            Schedule = new BundleSchedule("trailing", [1, 3, 5, 7, 9], [0.99, 0.9, 0.5, 0.1, 0.01]),
            Presets = new Dictionary<string, BundlePreset> { ["exact"] = new("The paper's path.", [1, 3], 1, "inversion") },
            Vocabulary = new BundleVocabulary("closed", [5, 98, 99], [new BundleToken(5, "left</w>")], 98, 99, 0),
            Provenance = new Dictionary<string, string> { ["unet"] = "made up" },
            Precision = "fp32",
            Graphs = new Dictionary<string, BundleGraph>
            {
                ["denoiser"] = new(
                    "denoiser.onnx",
                    [new BundleTensor("sample", "float32", ["batch", "2", "height", "width"])],
                    [new BundleTensor("out_sample", "float32", ["batch"])]
                ),
            },
            Files = [],
        };

    /// <summary>Writes the files and seals the bundle.</summary>
    public static BundleManifest Create(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "tokenizer"));
        File.WriteAllBytes(Path.Combine(folder, "denoiser.onnx"), [1, 2, 3, 4]);
        File.WriteAllBytes(Path.Combine(folder, "weights.bin"), new byte[1000]);
        File.WriteAllText(Path.Combine(folder, "tokenizer", "vocab.json"), "{}");
        return BundleManifestFile.Seal(folder, Draft);
    }
}
