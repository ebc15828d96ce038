using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Golden;

/// <summary>
/// Golden cases of evidence maps on a random model: computed with TorchSharp, compared with what the runtime gives. Init, export, golden,
/// export, verify.
/// </summary>
[Trait("Category", "slow")]
public sealed class EvidenceGoldenTests : IDisposable
{
    private const string Model = """
        name: random
        image: { size: 64, latent_scale: 0.5 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [8, 16], latent_channels: 4, num_res_blocks: 1, norm_num_groups: 4 }
        unet: { in_channels: 4, out_channels: 4, num_channels: [8, 16], num_res_blocks: 1, attention_levels: [false, true],
          num_head_channels: [0, 8], cross_attention_dim: 32, transformer_num_layers: 1, norm_num_groups: 4 }
        text_encoder: { vocab_size: 500, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 1, num_attention_heads: 4,
          hidden_act: gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: linear_beta, beta_start: 0.0005, beta_end: 0.0195,
          prediction_type: v_prediction }
        grounding: { num_inference_steps: 10, step_range: [3, 6], layers: [1, 2], otsu: false, gaussian_sigma: 1.5 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-evidence-").FullName;

    private string[] Checkpoints =>
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

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("fast", "v_prediction")]
    [InlineData("exact", "epsilon")]
    [InlineData("turbo", "v_prediction")]
    public async Task Verify_GoldenOfTheBundlesRecipe_PassesAndFailsWhereANumberMoves(string preset, string prediction)
    {
        await Make(preset, prediction);

        LabRun verify = await LabRun.Of("cxr", "verify", In("bundle"));
        TestContext.Current.TestOutputHelper?.WriteLine(verify.Output);
        Assert.True(verify.ExitCode == 0, verify.Error + verify.Output);
        Assert.Contains("evidence/image0/heatmap", verify.Output, StringComparison.Ordinal);
        Assert.Contains("evidence/image0/score", verify.Output, StringComparison.Ordinal);
        Assert.Contains("noise_prediction/image0/residual", verify.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("not in the golden file", verify.Output, StringComparison.Ordinal);

        foreach (
            (string tensor, float move) in new[]
            {
                ("noise_prediction/image0/out/residual", 0.01f),
                ("noise_prediction/image0/out/agreement", 0.01f),
                ("noise_prediction/image0/out/change", 0.01f),
                ("evidence/image0/out/score", 0.02f),
                ("evidence/image0/out/heatmap", 0.02f),
            }
        )
        {
            string moved = Moved(tensor, move);
            LabRun wrong = await LabRun.Of("cxr", "verify", In("bundle"), "--golden", moved);
            Assert.Equal(1, wrong.ExitCode);
            Assert.Contains(
                $"parity failed: {tensor.Replace("/out", "", StringComparison.Ordinal)}",
                wrong.Error,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task Verify_RecipeOfTheBundleMoved_FailsAndNamesBoth()
    {
        await Make("fast", "v_prediction");
        string path = Path.Combine(In("bundle"), BundleManifestFile.FileName);
        BundleManifest manifest = BundleManifestFile.Read(path);
        BundlePreset preset = manifest.Presets[EvidencePreset.Name];
        EvidenceRecipe other = preset.Evidence! with { Exponent = 0.71 };
        BundleManifestFile.Write(
            path,
            manifest with
            {
                Presets = new Dictionary<string, BundlePreset>(manifest.Presets)
                {
                    [EvidencePreset.Name] = preset with { Evidence = other },
                },
            }
        );

        LabRun verify = await LabRun.Of("cxr", "verify", In("bundle"));

        Assert.Equal(1, verify.ExitCode);
        Assert.Contains(
            $"evidence/image0: was computed with the recipe {preset.Evidence!.Fingerprint}, the bundle's preset 'evidence' has "
                + other.Fingerprint,
            verify.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Verify_OlderGoldenFile_PassesAndSaysThatEvidenceIsNotInIt()
    {
        await Make("fast", "v_prediction");
        await Succeeds(["golden", .. Checkpoints, "--out", In("old.safetensors")]);

        LabRun export = await Succeeds([
            "export",
            .. Checkpoints,
            "--golden",
            In("old.safetensors"),
            "--evidence",
            In("evidence.json"),
            "--out",
            In("old"),
        ]);
        LabRun verify = await Succeeds(["cxr", "verify", In("old")]);

        Assert.Contains("no cases of evidence maps", export.Output + export.Error, StringComparison.Ordinal);
        Assert.Contains("evidence: not in the golden file", verify.Output, StringComparison.Ordinal);
        string card = await File.ReadAllTextAsync(Path.Combine(In("old"), "MODEL_CARD.md"), TestContext.Current.CancellationToken);
        Assert.Contains("- Preset `evidence`: Evidence map", card, StringComparison.Ordinal);
        Assert.Contains("Learned from made up. Noise: time steps 400,", card, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_GoldenOfAnotherRecipeOrWithoutEvidence_IsRefused()
    {
        await Make("fast", "v_prediction");
        EvidenceFile learned = EvidenceFile.Read(In("evidence.json"));
        (learned with { Recipe = learned.Recipe with { Seed = 8 } }).Write(In("other.json"));

        LabRun other = await LabRun.Of([
            "export",
            .. Checkpoints,
            "--golden",
            In("golden.safetensors"),
            "--evidence",
            In("other.json"),
            "--out",
            In("none"),
        ]);
        LabRun without = await LabRun.Of(["export", .. Checkpoints, "--golden", In("golden.safetensors"), "--out", In("none")]);

        Assert.Equal((2, 2), (other.ExitCode, without.ExitCode));
        Assert.Contains("its evidence maps are of the recipe", other.Error, StringComparison.Ordinal);
        Assert.Contains("give --evidence FILE too", without.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("none")));
    }

    /// <summary>A bundle with golden cases of its made-up recipe.</summary>
    private async Task Make(string preset, string prediction)
    {
        await File.WriteAllTextAsync(
            In("model.yaml"),
            Model.Replace("v_prediction", prediction, StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );
        await Succeeds("init", "--config", In("model.yaml"), "--seed", "5", "--out", _folder);
        await Succeeds(["export", .. Checkpoints, "--out", In("first")]);
        EvidenceBundle.File(In("first"), preset).Write(In("evidence.json"));
        await Succeeds(["golden", .. Checkpoints, "--seed", "3", "--evidence", In("evidence.json"), "--out", In("golden.safetensors")]);
        await Succeeds([
            "export",
            .. Checkpoints,
            "--golden",
            In("golden.safetensors"),
            "--evidence",
            In("evidence.json"),
            "--out",
            In("bundle"),
        ]);
    }

    /// <summary>The golden file with one number of a tensor moved.</summary>
    private string Moved(string tensor, float move)
    {
        using SafetensorsFile golden = SafetensorsFile.Open(In("golden.safetensors"));
        float[] values = golden.ReadFloat32(tensor);
        values[values.Length / 2] += move;
        string path = In("moved.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                .. golden.Tensors.Values.Select(info =>
                    info.Name == tensor ? TensorPayload.Float32(tensor, info.Shape, values) : TensorPayload.Copy(golden, info.Name)
                ),
            ],
            golden.Metadata
        );
        return path;
    }

    private string In(string name) => Path.Combine(_folder, name);

    private static async Task<LabRun> Succeeds(params string[] words)
    {
        LabRun run = await LabRun.Of(words);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', words)}: {run.Error}");
        return run;
    }
}
