using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;

namespace CxrOnnx.Exporter.Tests;

/// <summary>
/// Random checkpoints of a very small model that needs no reference files: two heads, two transformer blocks per attention.
/// </summary>
internal sealed class TinyModel
{
    public const int CrossAttentionLayers = 8;
    public const int Width = 16;
    public const int VocabularySize = 60;

    private const string Yaml = """
        name: tiny
        image: { size: 32, latent_scale: 0.5 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 8], latent_channels: 3, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 3, out_channels: 3, num_channels: [8, 16], num_res_blocks: 1,
          attention_levels: [false, true], num_head_channels: [0, 8], cross_attention_dim: 16, transformer_num_layers: 2,
          norm_num_groups: 4 }
        text_encoder: { vocab_size: 60, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2,
          hidden_act: quick_gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: scaled_linear_beta, beta_start: 0.0015, beta_end: 0.0205,
          prediction_type: epsilon }
        grounding: { num_inference_steps: 100, step_range: [40, 60], layers: [2, 5], otsu: false, gaussian_sigma: 2.5 }

        """;

    public TinyModel(int vocabularySize = VocabularySize)
        : this(yaml =>
            yaml.Replace("vocab_size: 60", FormattableString.Invariant($"vocab_size: {vocabularySize}"), StringComparison.Ordinal)
        ) { }

    /// <summary>Of a changed configuration.</summary>
    public TinyModel(Func<string, string> change)
    {
        Folder = TestRunFolder.Create();
        string yaml = change(Yaml);
        Configuration = ModelConfigurationFile.Parse(yaml, "tiny");
        File.WriteAllText(ConfigurationPath, yaml);
        Write(PathOf("unet.safetensors"), UNetStateDict.Shapes(Configuration.UNet), seed: 1);
        Write(PathOf("vae.safetensors"), VaeStateDict.Shapes(Configuration.Vae), seed: 2);
        Write(PathOf("text.safetensors"), TextEncoderStateDict.Shapes(Configuration.TextEncoder), seed: 3);
    }

    public string Folder { get; }

    public ModelConfiguration Configuration { get; }

    public string ConfigurationPath => PathOf("model.yaml");

    public string OutputPath => PathOf("bundle");

    public BundleExportOptions Options =>
        new()
        {
            UNetPath = PathOf("unet.safetensors"),
            VaePath = PathOf("vae.safetensors"),
            TextEncoderPath = PathOf("text.safetensors"),
            ConfigurationPath = ConfigurationPath,
            OutputPath = OutputPath,
        };

    public string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>Writes a changed copy of a checkpoint and returns its path.</summary>
    public string Change(string file, string key, Action<float[]> change)
    {
        using SafetensorsFile original = SafetensorsFile.Open(PathOf(file));
        float[] values = original.ReadFloat32(key);
        change(values);
        string path = PathOf($"changed-{file}");
        SafetensorsWriter.Write(
            path,
            [
                .. original.Tensors.Values.Select(info =>
                    info.Name == key ? TensorPayload.Float32(key, info.Shape, values) : TensorPayload.Copy(original, info.Name)
                ),
            ]
        );
        return path;
    }

    // About the deviations 0.2 and 0.1 of a normal distribution.
    private static void Write(string path, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, int seed) =>
        RandomWeights.Write(path, shapes, seed, shape => shape.Count > 1 ? 0.35f : 0.17f);
}
