using System.Text.Json;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Tokenization;
using CxrOnnx.Exporter;

namespace CxrOnnx.Tests;

/// <summary>
/// A bundle with a tokenizer and a closed vocabulary, small enough to ground in a moment; its weights are seeded random numbers, so its
/// answers mean nothing. Made once per test run.
/// </summary>
internal static class TinyBundle
{
    private const string Configuration = """
        name: tiny
        image: { size: 64, latent_scale: 0.3 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 8, 8], latent_channels: 3, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 3, out_channels: 3, num_channels: [8, 16], num_res_blocks: 1, attention_levels: [false, true],
          num_head_channels: [0, 16], cross_attention_dim: 16, transformer_num_layers: 1, norm_num_groups: 4 }
        text_encoder: { vocab_size: 49408, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2,
          hidden_act: gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: scaled_linear_beta, beta_start: 0.0015, beta_end: 0.0205,
          prediction_type: v_prediction }
        grounding: { num_inference_steps: 10, step_range: [3, 5], layers: [1, 2], otsu: false, gaussian_sigma: 2.5 }
        """;

    private static readonly Lazy<string> LazyFolder = new(Make);

    /// <summary>The bundle's folder; must not be changed (see <see cref="Copy"/>).</summary>
    public static string Folder => LazyFolder.Value;

    private static string Tokenizer => Path.Combine(Fixtures.Repository, "models", "tokenizer");

    /// <summary>A copy to damage.</summary>
    public static string Copy(string target)
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    private static string Make()
    {
        string folder = Directory.CreateTempSubdirectory("cxr-tiny-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        ModelConfiguration configuration = ModelConfigurationFile.Parse(Configuration, "tiny.yaml");
        string File(string name) => Path.Combine(folder, name);
        System.IO.File.WriteAllText(File("tiny.yaml"), Configuration);
        Save(File("unet.safetensors"), UNetStateDict.Shapes(configuration.UNet), 1);
        Save(File("vae.safetensors"), VaeStateDict.Shapes(configuration.Vae), 2);
        Save(File("text.safetensors"), TextEncoderStateDict.Shapes(configuration.TextEncoder), 3);
        SaveCodebook(File("codebook.safetensors"), configuration.TextEncoder.HiddenSize);
        BundleExporter.Export(
            new BundleExportOptions
            {
                UNetPath = File("unet.safetensors"),
                VaePath = File("vae.safetensors"),
                TextEncoderPath = File("text.safetensors"),
                ConfigurationPath = File("tiny.yaml"),
                TokenizerPath = Tokenizer,
                CodebookPath = File("codebook.safetensors"),
                OutputPath = File("bundle"),
            }
        );
        return File("bundle");
    }

    private static void Save(string path, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, int seed)
    {
        Random random = new(seed);
        SafetensorsWriter.Write(
            path,
            [
                .. shapes.Select(tensor =>
                {
                    int count = (int)tensor.Value.Aggregate(1L, (product, side) => product * side);
                    bool scale =
                        tensor.Key.Contains("norm", StringComparison.Ordinal) && tensor.Key.EndsWith("weight", StringComparison.Ordinal);
                    double deviation = tensor.Value.Count > 1 ? 1 / Math.Sqrt(count / (double)tensor.Value[0]) : 0.02;
                    float[] values =
                    [
                        .. Enumerable
                            .Range(0, count)
                            .Select(_ => (float)((scale ? 1 : 0) + (deviation * Math.Sqrt(3) * ((2 * random.NextDouble()) - 1)))),
                    ];
                    return TensorPayload.Float32(tensor.Key, tensor.Value, values);
                }),
            ]
        );
    }

    private static void SaveCodebook(string path, int width)
    {
        Codebook codebook = Codebook.Build(ClipTokenizer.Load(Tokenizer));
        long[] ids = [.. codebook.TokenIds.Select(id => (long)id)];
        Random random = new(4);
        SafetensorsWriter.Write(
            path,
            [
                TensorPayload.Int64("token_ids", [ids.Length], ids),
                TensorPayload.Float32(
                    "token_embedding.weight",
                    [ids.Length, width],
                    Enumerable.Range(0, ids.Length * width).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray()
                ),
                TensorPayload.Bytes(
                    new TensorInfo("learned", TensorDataType.U8, [ids.Length]),
                    Enumerable.Repeat((byte)1, ids.Length).ToArray()
                ),
            ],
            new Dictionary<string, string>
            {
                ["format"] = "cxronnx.codebook.v1",
                ["tokens"] = JsonSerializer.Serialize(codebook.Tokens.Select(token => token.Token)),
            }
        );
    }
}
