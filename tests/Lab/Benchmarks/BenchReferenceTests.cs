using System.Text.Json;
using Xunit;

namespace CxrOnnx.Lab.Tests.Benchmarks;

/// <summary>The reference to beat and a bundle of the same weights in one run, on a small random model.</summary>
[Trait("Category", "slow")]
public sealed class BenchReferenceTests : IDisposable
{
    private const string Model = """
        name: random
        image: { size: 64, latent_scale: 0.5 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 16], latent_channels: 4, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 4, out_channels: 4, num_channels: [8, 16], num_res_blocks: 1, attention_levels: [false, true],
          num_head_channels: [0, 16], cross_attention_dim: 32, transformer_num_layers: 1, norm_num_groups: 4 }
        text_encoder: { vocab_size: 500, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 4,
          hidden_act: gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: scaled_linear_beta, beta_start: 0.0015, beta_end: 0.0205,
          prediction_type: v_prediction }
        grounding: { num_inference_steps: 20, step_range: [8, 12], layers: [1, 2], otsu: false, gaussian_sigma: 1.5 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-bench-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task BenchReference_WholeProcedure_CountsItsEvaluationsAndEqualsTheBundle()
    {
        string[] checkpoints = await Export();

        using JsonDocument document = await Bench([.. checkpoints, "--bundle", In("bundle"), "--prompts", "1", "2", "--rounds", "1"]);

        JsonElement[] rows = [.. document.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            [
                "reference 1: 40 + 0",
                "reference 2: 80 + 0",
                "exact 1: 11 + 4",
                "exact 2: 11 + 8",
                "fast 1: 8 + 1",
                "fast 2: 8 + 2",
                "turbo 1: 0 + 1",
                "turbo 2: 0 + 2",
            ],
            rows.Select(row =>
                $"{row.GetProperty("system")} {row.GetProperty("phrases")}: {row.GetProperty("evaluations")} + "
                + $"{row.GetProperty("truncated_evaluations")}"
            )
        );
        Assert.False(document.RootElement.GetProperty("extrapolated").GetBoolean());
        Assert.All(rows[2..4], row => Assert.InRange(row.GetProperty("max_abs").GetDouble(), 0, 1e-3));
        Assert.All(rows[2..4], row => Assert.InRange(row.GetProperty("correlation").GetDouble(), 0.99999, 1.00001));
        Assert.True(rows[6].GetProperty("max_abs").GetDouble() > 1e-3, "turbo is an approximation");
        double reference = rows[0].GetProperty("seconds").GetDouble();
        Assert.Equal(reference / rows[2].GetProperty("seconds").GetDouble(), rows[2].GetProperty("ratio").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task BenchReference_FewSteps_ExtrapolatesAndSaysSo()
    {
        string[] checkpoints = await Export();

        using JsonDocument document = await Bench([.. checkpoints, "--steps", "2", "--prompts", "1", "--rounds", "1"]);

        JsonElement root = document.RootElement;
        Assert.True(root.GetProperty("extrapolated").GetBoolean());
        JsonElement row = Assert.Single(root.GetProperty("rows").EnumerateArray());
        double part(int index) => root.GetProperty("parts")[index].GetProperty("reference_seconds").GetDouble();
        Assert.Equal(part(0) + (2 * part(1)) + (40 * part(2)), row.GetProperty("seconds").GetDouble(), 1e-9);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("max_abs").ValueKind);
    }

    [Fact]
    public async Task BenchReference_BundleOfAnotherModel_IsRefused()
    {
        string[] checkpoints = await Export();
        await File.WriteAllTextAsync(
            In("model.yaml"),
            Model.Replace("latent_scale: 0.5", "latent_scale: 0.4", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );

        LabRun run = await LabRun.Of(["bench-reference", .. checkpoints, "--bundle", In("bundle"), "--steps", "1"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("another configuration", run.Error, StringComparison.Ordinal);
    }

    private async Task<string[]> Export()
    {
        await File.WriteAllTextAsync(In("model.yaml"), Model, TestContext.Current.CancellationToken);
        string[] checkpoints =
        [
            "--config",
            In("model.yaml"),
            "--unet",
            In("diffusion_model.pth"),
            "--vae",
            In("autoencoder.pth"),
            "--text-encoder",
            In(Path.Combine("text_encoder", "model.safetensors")),
        ];
        await Succeeds("init", "--config", In("model.yaml"), "--seed", "5", "--out", _folder);
        await Succeeds(["export", .. checkpoints, "--out", In("bundle")]);
        return checkpoints;
    }

    private static async Task<JsonDocument> Bench(string[] options)
    {
        LabRun run = await LabRun.Of(["bench-reference", .. options, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        return JsonDocument.Parse(run.Output);
    }

    private static async Task Succeeds(params string[] words)
    {
        LabRun run = await LabRun.Of(words);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', words)}: {run.Error}");
    }

    private string In(string name) => Path.Combine(_folder, name);
}
