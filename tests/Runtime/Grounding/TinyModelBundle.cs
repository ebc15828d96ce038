using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Exporter;
using CxrOnnx.Exporter.Vocabularies;
using CxrOnnx.Tests;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>
/// A bundle of a very small random model with the real tokenizer: what its maps show means nothing, how they are made does.
/// </summary>
internal static class TinyModelBundle
{
    private const string Yaml = """
        name: tiny
        image: { size: 32, latent_scale: 0.5 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 8], latent_channels: 3, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 3, out_channels: 3, num_channels: [8, 16], num_res_blocks: 1, attention_levels: [false, true],
          num_head_channels: [0, 16], cross_attention_dim: 16, transformer_num_layers: 1, norm_num_groups: 4 }
        text_encoder: { vocab_size: 49408, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2,
          hidden_act: gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: scaled_linear_beta, beta_start: 0.0015, beta_end: 0.0205,
          prediction_type: v_prediction }
        grounding: { num_inference_steps: 10, step_range: [4, 6], layers: [1, 2], otsu: false, gaussian_sigma: 1.0 }

        """;

    private static readonly Lazy<string> LazyBundle = new(() => Export());
    private static readonly Lazy<string> LazyFused = new(() => Export(fused: true));

    /// <summary>The bundle's folder; closed vocabulary.</summary>
    public static string Bundle => LazyBundle.Value;

    /// <summary>The same with <c>grounding.onnx</c>.</summary>
    public static string Fused => LazyFused.Value;

    /// <summary>Exports a bundle, of a changed configuration if wanted.</summary>
    /// <param name="fused">Whether with <c>grounding.onnx</c>.</param>
    /// <param name="from">What is replaced in the configuration.</param>
    /// <param name="to">What it is replaced by.</param>
    /// <param name="evidence">The preset whose attention a made-up recipe of evidence maps uses; null: none.</param>
    /// <param name="triton">Folder of a Triton model repository for a bundle with evidence maps, or null.</param>
    public static string Export(bool fused = false, string from = "", string to = "", string? evidence = null, string? triton = null)
    {
        string folder = TestRunFolder.Create();
        string yaml = from.Length == 0 ? Yaml : Yaml.Replace(from, to, StringComparison.Ordinal);
        ModelConfiguration configuration = ModelConfigurationFile.Parse(yaml, "tiny");
        string PathOf(string file) => Path.Combine(folder, file);
        File.WriteAllText(PathOf("model.yaml"), yaml);
        Write(PathOf("unet.safetensors"), UNetStateDict.Shapes(configuration.UNet), seed: 1);
        Write(PathOf("vae.safetensors"), VaeStateDict.Shapes(configuration.Vae), seed: 2);
        Write(PathOf("text.safetensors"), TextEncoderStateDict.Shapes(configuration.TextEncoder), seed: 3);
        BundleExportOptions options = new()
        {
            UNetPath = PathOf("unet.safetensors"),
            VaePath = PathOf("vae.safetensors"),
            TextEncoderPath = PathOf("text.safetensors"),
            ConfigurationPath = PathOf("model.yaml"),
            TokenizerPath = Path.Combine(Fixtures.Repository, "models", "tokenizer"),
            Vocabulary = VocabularyKind.Closed,
            Fused = fused,
            OutputPath = PathOf("bundle"),
        };
        BundleExporter.Export(options);
        if (evidence is not null)
        {
            // A recipe is learned with a bundle of the same weights, which is then exported again.
            EvidenceBundle.File(options.OutputPath, evidence).Write(PathOf("evidence.json"));
            BundleExporter.Export(options with { EvidencePath = PathOf("evidence.json"), TritonPath = triton, Force = true });
        }

        return PathOf("bundle");
    }

    // Large enough for attention that differs from place to place.
    private static void Write(string path, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, int seed) =>
        RandomWeights.Write(path, shapes, seed, _ => 0.3f);
}
