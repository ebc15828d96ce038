using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Lab.Tests.Phrases;

/// <summary><c>cxr-lab export --phrases</c>: a bundle that carries the text states of the standard prompts.</summary>
[Trait("Category", "slow")]
public sealed class PhraseExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-phrases-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Export_Phrases_GroundsThemWithoutTokenizerAndTextEncoder()
    {
        await Succeeds("init", "--config", Model, "--seed", "3", "--out", _folder);
        await Succeeds(Export("plain"));
        await Succeeds(Export("stored", "--phrases"));
        BundleManifest manifest = BundleManifestFile.Read(In("stored/bundle.json"));
        Assert.Contains(manifest.Files, file => file.Path == StoredPhraseFile.FileName && file.Size > 100_000);
        LabRun inspect = await LabRun.Of("cxr", "inspect", In("stored"));
        Assert.Contains($"{StandardGrid.Prompts.Count}, which need neither", inspect.Output, StringComparison.Ordinal);
        string once = await File.ReadAllTextAsync(In("stored/bundle.json"), TestContext.Current.CancellationToken);
        await Succeeds(Export("stored", "--phrases", "--force"));
        Assert.Equal(once, await File.ReadAllTextAsync(In("stored/bundle.json"), TestContext.Current.CancellationToken));

        string[] phrases = ["right pleural effusion", "cardiomegaly", "left lower pneumonia"];
        IReadOnlyList<PhraseGrounding> computed = Ground(In("plain"), phrases);
        IReadOnlyList<PhraseGrounding> stored = Ground(In("stored"), phrases);
        for (int i = 0; i < phrases.Length; i++)
        {
            Assert.Equal(computed[i].Phrase.Ids, stored[i].Phrase.Ids);
            Assert.Equal(computed[i].Phrase.Positions, stored[i].Phrase.Positions);
            Assert.Equal(computed[i].Phrase.Tokens, stored[i].Phrase.Tokens);
            // The states were computed one prompt at a time, here three together: roundings, which the min-max of a map of random weights
            // enlarges.
            for (int cell = 0; cell < computed[i].ModelHeatmap.Values.Length; cell++)
            {
                Assert.Equal(computed[i].ModelHeatmap.Values[cell], stored[i].ModelHeatmap.Values[cell], 1e-4);
            }
        }

        // Without its text encoder and tokenizer the bundle still grounds what it carries, and says what it cannot.
        File.WriteAllText(In("stored/text_encoder.onnx"), "not a graph");
        Directory.Delete(In("stored/tokenizer"), recursive: true);
        File.Delete(In("stored/bundle.json"));
        BundleManifestFile.Seal(In("stored"), manifest);
        IReadOnlyList<PhraseGrounding> bare = Ground(In("stored"), phrases);
        Assert.Equal(stored.Select(result => result.ModelHeatmap.Values), bare.Select(result => result.ModelHeatmap.Values));
        Assert.Contains(
            "no tokenizer",
            Assert.Throws<Core.InputException>(() => Ground(In("stored"), ["Left lower pneumonia"])).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Export_PhrasesWithoutTokenizer_IsRefused()
    {
        LabRun run = await LabRun.Of(["export", .. Checkpoints[..^2], "--phrases", "--out", In("bundle")]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--phrases: prompts are text; give --tokenizer DIR", run.Error, StringComparison.Ordinal);
    }

    private static IReadOnlyList<PhraseGrounding> Ground(string path, string[] phrases)
    {
        using Bundle bundle = Bundle.Open(path);
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        GroundingPipeline grounder = new(model);
        GrayImage image = new(9, 7, [.. Enumerable.Range(0, 63).Select(i => i % 11 / 10f)]);
        using ImageTrajectory trajectory = grounder.Invert(image, cancellationToken: TestContext.Current.CancellationToken);
        return grounder.Ground(trajectory, phrases, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static string Model => Path.Combine(Fixtures.Repository, "pipelines", "settings", "smoke-model.yaml");

    private string[] Checkpoints =>
        [
            "--config",
            Model,
            "--unet",
            In("diffusion_model.pth"),
            "--vae",
            In("autoencoder.pth"),
            "--text-encoder",
            In(Path.Combine("text_encoder", "model.safetensors")),
            "--tokenizer",
            Path.Combine(Fixtures.Repository, "models", "tokenizer"),
        ];

    private string[] Export(string name, params string[] options) => ["export", .. Checkpoints, "--out", In(name), .. options];

    private string In(string file) => Path.Combine(_folder, file);

    private static async Task Succeeds(params string[] words)
    {
        LabRun run = await LabRun.Of(words);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', words)}: {run.Error}");
    }
}
