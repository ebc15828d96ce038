using CxrOnnx.Core.Bundles;
using Xunit;

namespace CxrOnnx.Lab.Tests.Commands;

/// <summary><c>cxr-lab export --from</c> on folders as models are published, and messages of wrong checkpoints.</summary>
[Trait("Category", "slow")]
public sealed class ExportFromTests : IDisposable
{
    private const string Model = """
        name: published
        image: { size: 64, latent_scale: 0.5 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 16], latent_channels: 4, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 4, out_channels: 4, num_channels: [8, 16], num_res_blocks: 1, attention_levels: [false, true],
          num_head_channels: [0, 8], cross_attention_dim: 32, transformer_num_layers: 1, norm_num_groups: 4 }
        text_encoder: { vocab_size: 500, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 4,
          hidden_act: quick_gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: linear_beta, beta_start: 0.0005, beta_end: 0.0195, prediction_type: epsilon }
        grounding: { num_inference_steps: 10, step_range: [3, 6], layers: [1, 2], otsu: false, gaussian_sigma: 1.5 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-from-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(params string[] names) => Path.Combine([_folder, .. names]);

    private async Task Made()
    {
        await File.WriteAllTextAsync(In("tiny.yaml"), Model, TestContext.Current.CancellationToken);
        LabRun init = await LabRun.Of("init", "--config", In("tiny.yaml"), "--out", In("made"));
        Assert.True(init.ExitCode == 0, init.Error);
    }

    private void Place(string made, params string[] place)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(place))!);
        File.Copy(In("made", made), In(place));
    }

    [Fact]
    public async Task From_MonaiBundle_FindsModelsAndConfiguration()
    {
        await Made();
        Place("diffusion_model.pth", "bundle", "models", "diffusion_model.pt");
        Place("autoencoder.pth", "bundle", "models", "autoencoder.pt");
        Place(Path.Combine("text_encoder", "model.safetensors"), "bundle", "models", "text_encoder", "model.safetensors");
        Directory.CreateDirectory(In("bundle", "configs"));
        File.Copy(In("tiny.yaml"), In("bundle", "configs", "model.yaml"));

        LabRun export = await LabRun.Of("export", "--from", In("bundle"), "--out", In("out"));

        Assert.True(export.ExitCode == 0, export.Error);
        Assert.Contains($"note: --unet {In("bundle", "models", "diffusion_model.pt")}\n", export.Error, StringComparison.Ordinal);
        using Bundle bundle = Bundle.Open(In("out"));
        Assert.Equal("published", bundle.Manifest.Model.Name);
    }

    [Fact]
    public async Task From_DiffusersLayout_FindsPartsSaysWhichOfTwoAndGivesTheSameBundle()
    {
        await Made();
        Place("diffusion_model.pth", "repo", "unet", "diffusion_pytorch_model.bin");
        Place("autoencoder.pth", "repo", "vae", "diffusion_pytorch_model.bin");
        Place(Path.Combine("text_encoder", "model.safetensors"), "repo", "text_encoder", "model.safetensors");
        Place(Path.Combine("text_encoder", "model.safetensors"), "repo", "text_encoder", "pytorch_model.bin");
        await File.WriteAllTextAsync(In("repo", "model_index.json"), "{}", TestContext.Current.CancellationToken);

        LabRun from = await LabRun.Of("export", "--from", In("repo"), "--config", In("tiny.yaml"), "--out", In("out"));
        LabRun named = await LabRun.Of(
            "export",
            "--config",
            In("tiny.yaml"),
            "--unet",
            In("made", "diffusion_model.pth"),
            "--vae",
            In("made", "autoencoder.pth"),
            "--text-encoder",
            In("made", "text_encoder", "model.safetensors"),
            "--out",
            In("named"),
            "--quiet"
        );

        Assert.True(from.ExitCode == 0, from.Error);
        Assert.Equal((0, ""), (named.ExitCode, named.Error));
        Assert.Contains(
            $"{In("repo", "text_encoder", "model.safetensors")} was taken, not {In("repo", "text_encoder", "pytorch_model.bin")}",
            from.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(
            File.ReadAllBytes(In("named", "weights.safetensors")),
            await File.ReadAllBytesAsync(In("out", "weights.safetensors"), TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task From_FolderWithoutParts_NamesAllThatAreMissing()
    {
        Directory.CreateDirectory(In("empty"));
        LabRun run = await LabRun.Of("export", "--from", In("empty"), "--out", In("out"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("nothing found for --unet, --vae, --text-encoder, --config", run.Error, StringComparison.Ordinal);
        Assert.Contains("models/cxr-ldm.yaml", run.Error, StringComparison.Ordinal);
        LabRun none = await LabRun.Of("export", "--from", In("nowhere"), "--out", In("out"));
        Assert.Contains("no such folder; --from wants one", none.Error, StringComparison.Ordinal);
        LabRun bare = await LabRun.Of("export", "--unet", "x", "--out", In("out"));
        Assert.Contains("--vae, --text-encoder, --config missing; give each", bare.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_AutoencoderAsUNet_IsRecognisedAndNamesFiveTensors()
    {
        await Made();
        LabRun run = await LabRun.Of(
            "export",
            "--config",
            In("tiny.yaml"),
            "--unet",
            In("made", "autoencoder.pth"),
            "--vae",
            In("made", "autoencoder.pth"),
            "--text-encoder",
            In("made", "text_encoder", "model.safetensors"),
            "--out",
            In("out")
        );

        Assert.Equal(2, run.ExitCode);
        string error = run.Error.Split('\n').Single(line => line.StartsWith("error:", StringComparison.Ordinal));
        Assert.Contains("this looks like the autoencoder (--vae)", error, StringComparison.Ordinal);
        Assert.Equal(5 + 5, error.Split('[').Length - 1);
        Assert.Matches(@"and \d+ more; \d+ not known to the model: .* and \d+ more$", error);
    }

    [Fact]
    public async Task Phantom_FolderThatCannotBeWritten_IsOneLineWithoutAggregateException()
    {
        Directory.CreateDirectory(In("set"));
        await File.WriteAllTextAsync(In("set", "images"), "a file where a folder is wanted", TestContext.Current.CancellationToken);

        LabRun run = await LabRun.Of("phantom", "--out", In("set"), "--count", "4", "--size", "64x64", "--threads", "2");

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        string line = Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("error: cannot write '", line, StringComparison.Ordinal);
        Assert.DoesNotContain("One or more errors", line, StringComparison.Ordinal);
    }
}
