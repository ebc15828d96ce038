using Xunit;

namespace CxrOnnx.Lab.Tests.Golden;

/// <summary>
/// Parity between the TorchSharp modules and the exported graphs on a random model that needs no reference files: init, golden, export,
/// verify.
/// </summary>
[Trait("Category", "slow")]
public sealed class RandomModelTests : IDisposable
{
    // Several heads, two transformer layers per block, uneven channels: what the published model does not have.
    private const string Model = """
        name: random
        image: { size: 64, latent_scale: 0.5 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 16], latent_channels: 4, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 4, out_channels: 4, num_channels: [8, 16, 24], num_res_blocks: 1, attention_levels: [false, true, true],
          num_head_channels: [0, 8, 12], cross_attention_dim: 32, transformer_num_layers: 2, norm_num_groups: 4 }
        text_encoder: { vocab_size: 500, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 4,
          hidden_act: quick_gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: linear_beta, beta_start: 0.0005, beta_end: 0.0195, prediction_type: epsilon }
        grounding: { num_inference_steps: 10, step_range: [3, 6], layers: [2, 4, 5], otsu: true, gaussian_sigma: 1.5 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-random-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task InitGoldenExportVerify_UnusualModel_PassesEveryTensor()
    {
        string config = In("model.yaml"),
            golden = In("golden.safetensors"),
            bundle = In("bundle");
        await File.WriteAllTextAsync(config, Model, TestContext.Current.CancellationToken);
        string[] checkpoints =
        [
            "--config",
            config,
            "--unet",
            In("diffusion_model.pth"),
            "--vae",
            In("autoencoder.pth"),
            "--text-encoder",
            In(Path.Combine("text_encoder", "model.safetensors")),
        ];

        await Succeeds("init", "--config", config, "--seed", "5", "--out", _folder);
        foreach ((string side, string problem) in (await Wrong(checkpoints)).Select(entry => (entry.Side, entry.Error)))
        {
            Assert.Contains($"--side {side}: must be a multiple of 8, at most the model's 64", problem, StringComparison.Ordinal);
        }

        // A smaller image than the model's: the file shrinks, the cases hold.
        await Succeeds(["golden", .. checkpoints, "--side", "32", "--out", golden]);
        await Succeeds(["export", .. checkpoints, "--golden", golden, "--out", bundle]);
        LabRun small = await LabRun.Of("cxr", "verify", bundle);
        Assert.True(small.ExitCode == 0, small.Error + small.Output);
        Assert.Contains("[2, 32, 32]", small.Output, StringComparison.Ordinal);
        Directory.Delete(bundle, recursive: true);
        await Succeeds(["golden", .. checkpoints, "--seed", "3", "--fused", "--out", golden]);
        await Succeeds(["export", .. checkpoints, "--golden", golden, "--fused", "--out", bundle]);
        LabRun verify = await LabRun.Of("cxr", "verify", bundle);

        Assert.True(verify.ExitCode == 0, verify.Error + verify.Output);
        Assert.Contains("pipeline/image0/heatmap", verify.Output, StringComparison.Ordinal);
        Assert.Contains("grounding/image0/heatmap", verify.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_CheckpointOfAnotherModel_ListsEveryMismatchWithExitCode2()
    {
        string config = In("model.yaml"),
            other = In("other.yaml");
        await File.WriteAllTextAsync(config, Model, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            other,
            Model.Replace("num_channels: [8, 16], latent", "num_channels: [8, 24], latent", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );
        await Succeeds("init", "--config", config, "--out", _folder);

        LabRun export = await LabRun.Of(
            "export",
            "--config",
            other,
            "--unet",
            In("diffusion_model.pth"),
            "--vae",
            In("autoencoder.pth"),
            "--text-encoder",
            In(Path.Combine("text_encoder", "model.safetensors")),
            "--out",
            In("bundle")
        );

        Assert.Equal(2, export.ExitCode);
        string error = export.Error.Split('\n').Single(line => line.StartsWith("error:", StringComparison.Ordinal));
        Assert.Contains("[16, 8, 3, 3] instead of [24, 8, 3, 3]", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("bundle")));
    }

    private async Task<(string Side, string Error)[]> Wrong(string[] checkpoints)
    {
        List<(string, string)> errors = [];
        foreach (string side in (string[])["0", "20", "72"])
        {
            LabRun run = await LabRun.Of(["golden", .. checkpoints, "--side", side, "--out", In("wrong.safetensors")]);
            Assert.Equal(2, run.ExitCode);
            errors.Add((side, run.Error));
        }

        Assert.False(File.Exists(In("wrong.safetensors")));
        return [.. errors];
    }

    private string In(string name) => Path.Combine(_folder, name);

    private static async Task Succeeds(params string[] words)
    {
        LabRun run = await LabRun.Of(words);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', words)}: {run.Error}");
    }
}
