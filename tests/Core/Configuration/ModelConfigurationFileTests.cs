using CsCheck;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Configuration;

[Trait("Category", "slow")]
public sealed class ModelConfigurationFileTests
{
    private const string Real = """
        name: cxr-ldm
        image: { size: 512, latent_scale: 0.3 }
        vae: { in_channels: 1, out_channels: 1, num_channels: [64, 128, 128, 128], latent_channels: 3, num_res_blocks: 2,
          norm_num_groups: 32 }
        unet:
          in_channels: 3
          out_channels: 3
          num_channels: [256, 512, 768]
          num_res_blocks: 2
          attention_levels: [false, true, true]
          num_head_channels: [0, 512, 768]
          cross_attention_dim: 1024
          transformer_num_layers: 1
          norm_num_groups: 32
        text_encoder: { vocab_size: 49408, hidden_size: 1024, intermediate_size: 4096, num_hidden_layers: 23, num_attention_heads: 16,
          hidden_act: gelu, max_position_embeddings: 77 }
        scheduler: { num_train_timesteps: 1000, schedule: scaled_linear_beta, beta_start: 0.0015, beta_end: 0.0205,
          prediction_type: v_prediction }
        grounding: { num_inference_steps: 100, step_range: [40, 60], layers: [4, 5, 6, 7], otsu: false, gaussian_sigma: 2.5 }
        """;

    [Fact]
    public void WithGrounding_AFileOfOneSection_ReplacesTheGroundingAlone()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("grounding.yaml");
        ModelConfiguration real = ModelConfigurationFile.Parse(Real, "real.yaml");
        File.WriteAllText(
            path,
            "grounding: { num_inference_steps: 50, step_range: [10, 20], layers: [3, 4, 6, 7], otsu: true, gaussian_sigma: 1 }"
        );

        ModelConfiguration changed = ModelConfigurationFile.WithGrounding(real, path);

        Assert.True(changed.Grounding.Otsu);
        Assert.Equal([3, 4, 6, 7], changed.Grounding.Layers);
        Assert.Equal(ModelConfigurationFile.ToYaml(real), ModelConfigurationFile.ToYaml(changed with { Grounding = real.Grounding }));
    }

    [Theory]
    [InlineData("grounding: { num_inference_steps: 50, step_range: [10, 20], layers: [11], otsu: true, gaussian_sigma: 1 }", "layers")]
    [InlineData("grounding: { num_inference_steps: 50, step_range: [10, 20], layers: [3], otsu: true }", "gaussian_sigma")]
    [InlineData(
        "name: x\ngrounding: { num_inference_steps: 50, step_range: [10, 20], layers: [3], otsu: true, gaussian_sigma: 1 }",
        "name"
    )]
    [InlineData("", "")]
    public void WithGrounding_AWrongFile_IsRefusedByName(string yaml, string named)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("grounding.yaml");
        File.WriteAllText(path, yaml);

        ConfigurationException exception = Assert.Throws<ConfigurationException>(() =>
            ModelConfigurationFile.WithGrounding(ModelConfigurationFile.Parse(Real, "real.yaml"), path)
        );

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RealModel_GivesEveryValue()
    {
        ModelConfiguration configuration = ModelConfigurationFile.Parse(Real, "real.yaml");

        Assert.Equal("cxr-ldm", configuration.Name);
        Assert.Equal((512, 0.3), (configuration.Image.Size, configuration.Image.LatentScale));
        Assert.Equal([64, 128, 128, 128], configuration.Vae.NumChannels);
        Assert.Equal(8, configuration.Vae.DownsamplingFactor);
        Assert.Equal([false, true, true], configuration.UNet.AttentionLevels);
        Assert.Equal([0, 512, 768], configuration.UNet.NumHeadChannels);
        Assert.Equal(11, configuration.UNet.CrossAttentionLayerCount);
        Assert.Equal(
            (49408, 1024, 4096, 23, 16, 77),
            (
                configuration.TextEncoder.VocabSize,
                configuration.TextEncoder.HiddenSize,
                configuration.TextEncoder.IntermediateSize,
                configuration.TextEncoder.NumHiddenLayers,
                configuration.TextEncoder.NumAttentionHeads,
                configuration.TextEncoder.MaxPositionEmbeddings
            )
        );
        Assert.Equal((0.0015, 0.0205), (configuration.Scheduler.BetaStart, configuration.Scheduler.BetaEnd));
        Assert.Equal([40, 60], configuration.Grounding.StepRange);
        Assert.Equal([4, 5, 6, 7], configuration.Grounding.Layers);
        Assert.False(configuration.Grounding.Otsu);
    }

    [Fact]
    public void ToYaml_Parsed_GivesTheSameText()
    {
        string yaml = ModelConfigurationFile.ToYaml(ModelConfigurationFile.Parse(Real, "real.yaml"));

        Assert.Equal(yaml, ModelConfigurationFile.ToYaml(ModelConfigurationFile.Parse(yaml, "again.yaml")));
        Assert.Contains("latent_scale: 0.3 }", yaml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("golden/model-frozen.yaml", true, new[] { 3, 4, 6, 7 })]
    [InlineData("golden/model-tuned.yaml", false, new[] { 4, 5, 6, 7 })]
    public void Load_Fixtures_Load(string file, bool otsu, int[] layers)
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(Fixtures.Path(file));

        Assert.Equal(otsu, configuration.Grounding.Otsu);
        Assert.Equal(layers, configuration.Grounding.Layers);
    }

    [Fact]
    public void Load_EveryModelOfTheRepository_Loads()
    {
        string models = Path.Combine(Fixtures.Repository, "models");
        string[] files = Directory.Exists(models) ? Directory.GetFiles(models, "*.yaml") : [];
        Assert.SkipWhen(files.Length == 0, $"no model configurations in {models}");

        Assert.All(files, file => Assert.Equal(Path.GetFileNameWithoutExtension(file), ModelConfigurationFile.Load(file).Name));
    }

    [Fact]
    public void Load_NoSuchFile_SaysWhichFile()
    {
        InputException exception = Assert.Throws<InputException>(() => ModelConfigurationFile.Load("/nowhere/model.yaml"));

        Assert.Contains("/nowhere/model.yaml", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ManyProblems_ListsAllOfThemWithLines()
    {
        string yaml = Real.Replace(
                "image: { size: 512, latent_scale: 0.3 }",
                "image: { size: big, latent_scal: 0.3 }",
                StringComparison.Ordinal
            )
            .Replace("schedule: scaled_linear_beta", "schedule: cosine", StringComparison.Ordinal)
            .Replace("  transformer_num_layers: 1\n", "", StringComparison.Ordinal)
            .Replace("layers: [4, 5, 6, 7]", "layers: [4, five]", StringComparison.Ordinal);

        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => ModelConfigurationFile.Parse(yaml, "bad.yaml"));

        Assert.Equal(
            [
                "image.size (line 2): is 'big', an integer from 8 to 8192 was expected",
                "image.latent_scale: is missing",
                "unet.transformer_num_layers: is missing",
                "scheduler.schedule (line 16): is 'cosine', scaled_linear_beta or linear_beta was expected",
                "grounding.layers[1] (line 18): is 'five', an integer from 0 to 1000000 was expected",
                "image.latent_scal (line 2): is not a known key; known here are size, latent_scale",
            ],
            exception.Problems
        );
        Assert.StartsWith("bad.yaml: 6 problems: ", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name: cxr-ldm", "name: 'a b/c'", "name: 'a b/c' may only hold")]
    [InlineData(
        "num_channels: [64, 128, 128, 128]",
        "num_channels: [64, 100, 128, 128]",
        "vae.num_channels[1]: 100 is not divisible by vae.norm_num_groups (32)"
    )]
    [InlineData("num_channels: [64, 128, 128, 128]", "num_channels: []", "vae.num_channels: has 0 levels")]
    [InlineData(
        "  num_channels: [256, 512, 768]",
        "  num_channels: [256, 512, 776]",
        "unet.num_channels[2]: 776 is not divisible by unet.norm_num_groups (32)"
    )]
    [InlineData(
        "attention_levels: [false, true, true]",
        "attention_levels: [false, true]",
        "unet.attention_levels: has 2 entries, unet.num_channels 3"
    )]
    [InlineData(
        "num_head_channels: [0, 512, 768]",
        "num_head_channels: [512, 768]",
        "unet.num_head_channels: has 2 entries, unet.num_channels 3"
    )]
    [InlineData(
        "num_head_channels: [0, 512, 768]",
        "num_head_channels: [0, 500, 768]",
        "unet.num_head_channels[1]: 500 does not divide the level's 512 channels"
    )]
    [InlineData("num_head_channels: [0, 512, 768]", "num_head_channels: [0, 512, 0]", "unet.num_head_channels[2]: 0 does not divide")]
    [InlineData(
        "cross_attention_dim: 1024",
        "cross_attention_dim: 768",
        "unet.cross_attention_dim: 768 is not text_encoder.hidden_size (1024)"
    )]
    [InlineData("  in_channels: 3", "  in_channels: 4", "unet.in_channels: 4 is not vae.latent_channels (3)")]
    [InlineData("  out_channels: 3", "  out_channels: 6", "unet.out_channels: 6 is not unet.in_channels (3)")]
    [InlineData(
        "num_attention_heads: 16",
        "num_attention_heads: 15",
        "text_encoder.hidden_size: 1024 is not divisible by text_encoder.num_attention_heads (15)"
    )]
    [InlineData("beta_end: 0.0205", "beta_end: 0.001", "scheduler.beta_end: 0.001 is less than scheduler.beta_start (0.0015)")]
    [InlineData(
        "num_inference_steps: 100",
        "num_inference_steps: 2000",
        "grounding.num_inference_steps: 2000 is more than scheduler.num_train_timesteps (1000)"
    )]
    [InlineData(
        "step_range: [40, 60]",
        "step_range: [40, 101]",
        "grounding.step_range: [40, 101] is empty or leaves the 100 inference steps"
    )]
    [InlineData("step_range: [40, 60]", "step_range: [60, 60]", "grounding.step_range: [60, 60] is empty")]
    [InlineData("step_range: [40, 60]", "step_range: [40]", "grounding.step_range: has 1 numbers, two are needed")]
    [InlineData(
        "layers: [4, 5, 6, 7]",
        "layers: [4, 11]",
        "grounding.layers: 11 does not exist, the U-Net has cross-attention layers 0 to 10"
    )]
    [InlineData("layers: [4, 5, 6, 7]", "layers: [5, 4]", "grounding.layers: 4 after 5")]
    [InlineData("layers: [4, 5, 6, 7]", "layers: [4, 4]", "grounding.layers: 4 after 4")]
    [InlineData("layers: [4, 5, 6, 7]", "layers: []", "grounding.layers: is empty")]
    [InlineData("size: 512", "size: 500", "image.size: 500 is not divisible by 32")]
    public void Parse_InconsistentValues_NamesTheKeyAndBothValues(string from, string to, string expected)
    {
        Assert.Contains(from, Real, StringComparison.Ordinal);

        ConfigurationException exception = Assert.Throws<ConfigurationException>(() =>
            ModelConfigurationFile.Parse(Real.Replace(from, to, StringComparison.Ordinal), "bad.yaml")
        );

        Assert.Contains(exception.Problems, problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("size: 512", "size: -512", "image.size (line 2): is '-512'")]
    [InlineData("size: 512", "size: 512.5", "image.size (line 2): is '512.5'")]
    [InlineData("size: 512", "size: '512'", "image.size (line 2): is '512'")]
    [InlineData("size: 512", "size: 99999999999", "image.size (line 2): is '99999999999'")]
    [InlineData("size: 512", "size: [512]", "image.size (line 2): is a list")]
    [InlineData("size: 512", "size: ", "image.size (line 2): is empty")]
    [InlineData("latent_scale: 0.3", "latent_scale: 0", "image.latent_scale (line 2): is '0'")]
    [InlineData("latent_scale: 0.3", "latent_scale: .nan", "image.latent_scale (line 2): is '.nan'")]
    [InlineData("otsu: false", "otsu: no", "grounding.otsu (line 19): is 'no', true or false was expected")]
    [InlineData("hidden_act: gelu", "hidden_act: relu", "text_encoder.hidden_act (line 16): is 'relu', gelu or quick_gelu was expected")]
    [InlineData(
        "prediction_type: v_prediction",
        "prediction_type: sample",
        "scheduler.prediction_type (line 18): is 'sample', v_prediction or epsilon was expected"
    )]
    [InlineData("image: { size: 512, latent_scale: 0.3 }", "image: 512", "image (line 2): is '512', a section was expected")]
    [InlineData("name: cxr-ldm", "name: ", "name (line 1): is empty, text was expected")]
    public void Parse_WrongTypeOrRange_NamesKeyLineAndValue(string from, string to, string expected)
    {
        Assert.Contains(from, Real, StringComparison.Ordinal);

        ConfigurationException exception = Assert.Throws<ConfigurationException>(() =>
            ModelConfigurationFile.Parse(Real.Replace(from, to, StringComparison.Ordinal), "bad.yaml")
        );

        Assert.Contains(exception.Problems, problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "holds 0 YAML documents")]
    [InlineData("- a\n- b\n", "line 1: is a list")]
    [InlineData("name: x\n---\nname: y\n", "holds 2 YAML documents")]
    [InlineData("name: [1, 2\nimage: x\n", "not valid YAML")]
    [InlineData("name: x\nname: y\n", "not valid YAML")]
    [InlineData("name: *nothing\n", "not valid YAML")]
    public void Parse_NotOneMapping_SaysWhat(string yaml, string expected)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => ModelConfigurationFile.Parse(yaml, "bad.yaml"));

        Assert.Contains(expected, Assert.Single(exception.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepNesting_IsRefusedInsteadOfExhaustingTheStack()
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() =>
            ModelConfigurationFile.Parse($"name: {new string('[', 200_000)}", "deep.yaml")
        );

        Assert.Contains("nested more than 32 levels deep", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AnyDamage_ParsesOrThrowsConfigurationException() =>
        Gen.Select(Gen.Int[0, Real.Length - 1], Gen.Char[' ', '~'], Gen.Int[0, Real.Length], Gen.Bool)
            .Sample(
                (position, value, length, cut) =>
                {
                    string damaged = cut ? Real[..length] : $"{Real[..position]}{value}{Real[(position + 1)..]}";
                    try
                    {
                        ModelConfigurationFile.Parse(damaged, "damaged.yaml");
                    }
                    catch (ConfigurationException exception)
                    {
                        Assert.DoesNotContain('\n', exception.Message);
                    }
                },
                iter: 1000,
                threads: 1
            );
}
