using CsCheck;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Bundles;

[Trait("Category", "slow")]
public sealed class BundleManifestFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _json;

    public BundleManifestFileTests()
    {
        SampleBundle.Create(_folder.Path);
        _json = File.ReadAllText(_folder.File("bundle.json"));
    }

    [Fact]
    public void Seal_Folder_ListsEveryFileSortedWithSizeChecksumAndId()
    {
        BundleManifest manifest = BundleManifestFile.Read(_folder.File("bundle.json"));

        Assert.Equal(["denoiser.onnx", "tokenizer/vocab.json", "weights.bin"], manifest.Files.Select(file => file.Path));
        Assert.Equal([4L, 2L, 1000L], manifest.Files.Select(file => file.Size));
        Assert.Equal("9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a", manifest.Files[0].Sha256);
        Assert.Equal(BundleManifestFile.IdOf(manifest.Files), manifest.Id);
        Assert.Equal(16, manifest.Id.Length);
    }

    [Fact]
    public void Read_WrittenManifest_GivesEveryValueBack()
    {
        BundleManifest manifest = BundleManifestFile.Read(_folder.File("bundle.json"));

        Assert.Equal(SampleBundle.Draft.CreatedBy, manifest.CreatedBy);
        Assert.Equal(ModelConfigurationFile.ToYaml(SampleBundle.Draft.Model), ModelConfigurationFile.ToYaml(manifest.Model));
        Assert.Equal(SampleBundle.Draft.Preprocessing, manifest.Preprocessing);
        Assert.Equal([1, 3, 5, 7, 9], manifest.Schedule.Timesteps);
        Assert.Equal([0.99, 0.9, 0.5, 0.1, 0.01], manifest.Schedule.AlphasCumprod);
        Assert.Equal(
            ("The paper's path.", 1, "inversion"),
            (manifest.Presets["exact"].Description, manifest.Presets["exact"].StepStride, manifest.Presets["exact"].Trajectory)
        );
        Assert.Equal(
            ("closed", 98, 99, 0),
            (manifest.Vocabulary.Kind, manifest.Vocabulary.BosId, manifest.Vocabulary.EosId, manifest.Vocabulary.PadId)
        );
        Assert.Equal([new BundleToken(5, "left</w>")], manifest.Vocabulary.LearnedTokens);
        Assert.Equal(["batch", "2", "height", "width"], manifest.Graphs["denoiser"].Inputs[0].Shape);
        Assert.Equal("made up", manifest.Provenance["unet"]);
    }

    [Fact]
    public void Seal_Twice_GivesTheSameBytes()
    {
        BundleManifestFile.Seal(_folder.Path, SampleBundle.Draft);

        Assert.Equal(_json, File.ReadAllText(_folder.File("bundle.json")));
        Assert.Contains("\n  \"schema_version\": 1,\n", _json, StringComparison.Ordinal);
        Assert.Contains("\"unet\": {\n      \"in_channels\": 2,", _json, StringComparison.Ordinal);
        Assert.Contains("\"alphas_cumprod\": [", _json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"schema_version\": 1", "\"schema_version\": 2", "has schema version 2, this program reads version 1")]
    [InlineData("\"schema_version\": 1", "\"schema_version\": \"1\"", "has schema version \"1\", this program reads version 1")]
    [InlineData("\"schema_version\": 1,", "", "has no schema_version")]
    [InlineData("\"created_by\": \"tests 1.0\",", "", "lacks 'created_by'")]
    [InlineData("\"created_by\": \"tests 1.0\",", "\"created_by\": \"tests 1.0\", \"color\": 1,", "field 'color' is not known")]
    [InlineData(
        "\"created_by\": \"tests 1.0\",",
        "\"created_by\": \"tests 1.0\", \"created_by\": \"x\",",
        "field 'created_by' is there twice"
    )]
    [InlineData("\"created_by\": \"tests 1.0\"", "\"created_by\": null", "created_by is null")]
    [InlineData("\"created_by\": \"tests 1.0\"", "\"created_by\": 5", "created_by is of another type than expected (line 4)")]
    [InlineData("\"crop\": \"center\"", "\"cropping\": \"center\"", "field 'cropping' is not known")]
    [InlineData("\"bos_id\": 98,", "", "lacks 'bos_id'")]
    [InlineData("\"unet\": \"made up\"", "\"unet\": null", "provenance.unet is null")]
    [InlineData("\"precision\": \"fp32\"", "\"precision\": \"fp8\"", "precision: is 'fp8'")]
    [InlineData("\"kind\": \"closed\"", "\"kind\": \"shut\"", "vocabulary.kind: is 'shut'")]
    [InlineData("\"exact\"", "\"fast\"", "presets: 'exact' is missing")]
    [InlineData("\"step_stride\": 1", "\"step_stride\": 0", "presets.exact: step_range [1, 3] with step_stride 0")]
    [InlineData(
        "\"trajectory\": \"inversion\"",
        "\"trajectory\": \"magic\"",
        "presets.exact: trajectory 'magic', inversion, dpm_solver_2m, dpm_solver_pp_2m, noising are known"
    )]
    [InlineData(
        "\"trajectory\": \"inversion\"",
        "\"trajectory\": \"dpm_solver_2m\"",
        "presets.exact: trajectory dpm_solver_2m needs evaluations"
    )]
    [InlineData("\"trajectory\": \"inversion\"", "\"trajectory\": \"noising\"", "presets.exact: trajectory noising needs a seed")]
    [InlineData(
        "\"trajectory\": \"inversion\"",
        "\"trajectory\": \"inversion\", \"evaluations\": 3",
        "presets.exact: trajectory inversion takes no evaluations"
    )]
    [InlineData(
        "\"trajectory\": \"inversion\"",
        "\"trajectory\": \"inversion\", \"seed\": 3",
        "presets.exact: trajectory inversion takes no seed"
    )]
    [InlineData("0.99,", "", "schedule: has 5 timesteps and 4 alphas_cumprod")]
    [InlineData(
        "\"size\": 64,\n      \"latent_scale\"",
        "\"size\": 32,\n      \"latent_scale\"",
        "preprocessing.size: is 64, model.image.size 32"
    )]
    [InlineData("\"hidden_act\": \"quick_gelu\"", "\"hidden_act\": \"relu\"", "model: text_encoder.hidden_act")]
    [InlineData("\"latent_channels\": 2,", "", "model: vae.latent_channels: is missing")]
    [InlineData(
        "\"file\": \"denoiser.onnx\"",
        "\"file\": \"other.onnx\"",
        "graphs.denoiser: its file 'other.onnx' is not among the bundle's files"
    )]
    [InlineData("\"path\": \"weights.bin\"", "\"path\": \"../weights.bin\"", "path '../weights.bin' leaves the bundle's folder")]
    [InlineData("\"path\": \"weights.bin\"", "\"path\": \"/etc/passwd\"", "path '/etc/passwd' leaves the bundle's folder")]
    [InlineData(
        "\"path\": \"weights.bin\"",
        "\"path\": \"a/./weights.bin\"",
        "path 'a/./weights.bin' leaves the bundle's folder or is not in its simplest form"
    )]
    [InlineData("\"path\": \"weights.bin\"", "\"path\": \"a\\\\weights.bin\"", "holds a backslash")]
    [InlineData("\"path\": \"weights.bin\"", "\"path\": \"C:weights.bin\"", "holds a backslash, a colon")]
    [InlineData("\"path\": \"weights.bin\"", "\"path\": \"\"", "path '' has 0 characters")]
    [InlineData("\"path\": \"weights.bin\"", "\"path\": \"denoiser.onnx\"", "'denoiser.onnx' is listed twice")]
    [InlineData("\"path\": \"weights.bin\"", "\"path\": \"bundle.json\"", "'bundle.json' is listed twice or is the manifest itself")]
    [InlineData("\"size\": 1000", "\"size\": -1", "'weights.bin' has size -1")]
    [InlineData("\"sha256\": \"9f64a7", "\"sha256\": \"9F64a7", "and SHA-256 '9F64a7")]
    [InlineData("\"sha256\": \"9f64a7", "\"sha256\": \"0f64a7", "the files give '")]
    public void Parse_OneThingWrong_NamesIt(string from, string to, string expected)
    {
        Assert.Contains(from, _json, StringComparison.Ordinal);

        ArtifactException exception = Assert.Throws<ArtifactException>(() =>
            BundleManifestFile.Parse(_json.Replace(from, to, StringComparison.Ordinal), "b/bundle.json")
        );

        Assert.StartsWith("b/bundle.json: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Write_Presets_KeepTheirNumbersAndWriteOnlyThoseTheyHave()
    {
        BundleManifest manifest = SampleBundle.Draft with
        {
            Presets = new Dictionary<string, BundlePreset>
            {
                ["exact"] = SampleBundle.Draft.Presets["exact"],
                ["fast"] = new("Few steps.", [0, 5], 2, BundleTrajectory.DpmSolver, Evaluations: 3),
                ["turbo"] = new("None.", [1, 3], 2, BundleTrajectory.Noising, Seed: 7),
            },
        };
        BundleManifestFile.Seal(_folder.Path, manifest);

        IReadOnlyDictionary<string, BundlePreset> read = BundleManifestFile.Read(_folder.File("bundle.json")).Presets;
        Assert.Equal((3, null, "dpm_solver_2m"), (read["fast"].Evaluations, read["fast"].Seed, read["fast"].Trajectory));
        Assert.Equal((null, 7L, "noising"), (read["turbo"].Evaluations, read["turbo"].Seed, read["turbo"].Trajectory));
        Assert.Equal([0, 2, 4], read["fast"].Steps);
        Assert.Equal([1, 2], read["exact"].Steps);
        Assert.Single(
            File.ReadAllText(_folder.File("bundle.json")).Split('\n'),
            line => line.Contains("\"evaluations\"", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"schema_version\": 1}")]
    public void Parse_NotAManifest_ThrowsArtifactException(string json) =>
        Assert.StartsWith(
            "bundle.json: ",
            Assert.Throws<ArtifactException>(() => BundleManifestFile.Parse(json, "bundle.json")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_AnyDamage_ParsesOrThrowsArtifactException() =>
        Gen.Select(Gen.Int[0, _json.Length - 1], Gen.Char[' ', '~'], Gen.Int[0, _json.Length], Gen.Int[0, 9])
            .Sample(
                (position, value, length, kind) =>
                {
                    string damaged = kind == 0 ? _json[..length] : $"{_json[..position]}{value}{_json[(position + 1)..]}";
                    try
                    {
                        BundleManifestFile.Parse(damaged, "damaged");
                    }
                    catch (ArtifactException)
                    {
                        // The only allowed way to fail.
                    }
                },
                iter: 500,
                threads: 1
            );

    public void Dispose() => _folder.Dispose();
}
