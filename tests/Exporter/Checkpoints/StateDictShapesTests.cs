using System.Text.Json;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

[Trait("Category", "quick")]
public sealed class StateDictShapesTests
{
    private static readonly UNetConfiguration RealUNet = new()
    {
        InChannels = 3,
        OutChannels = 3,
        NumChannels = [256, 512, 768],
        NumResBlocks = 2,
        AttentionLevels = [false, true, true],
        NumHeadChannels = [0, 512, 768],
        CrossAttentionDim = 1024,
        TransformerNumLayers = 1,
        NormNumGroups = 32,
    };

    private static readonly VaeConfiguration RealVae = new()
    {
        InChannels = 1,
        OutChannels = 1,
        NumChannels = [64, 128, 128, 128],
        LatentChannels = 3,
        NumResBlocks = 2,
        NormNumGroups = 32,
    };

    private static readonly TextEncoderConfiguration RealTextEncoder = new()
    {
        VocabSize = 49408,
        HiddenSize = 1024,
        IntermediateSize = 4096,
        NumHiddenLayers = 23,
        NumAttentionHeads = 16,
        HiddenAct = "gelu",
        MaxPositionEmbeddings = 77,
    };

    [Fact]
    public void UNetShapes_RealSize_EqualTheReference()
    {
        IReadOnlyDictionary<string, IReadOnlyList<long>> shapes = UNetStateDict.Shapes(RealUNet);

        AssertEqual(Keys("real_size_keys.json", "unet"), shapes);
        Assert.Equal(496, shapes.Count);
        Assert.Equal(263_636_995, ParameterCount(shapes));
    }

    [Fact]
    public void VaeShapes_RealSize_EqualTheReference()
    {
        IReadOnlyDictionary<string, IReadOnlyList<long>> shapes = VaeStateDict.Shapes(RealVae);

        AssertEqual(Keys("real_size_keys.json", "vae"), shapes);
        Assert.Equal(4_607_848, ParameterCount(shapes));
    }

    [Fact]
    public void UNetAndVaeShapes_FixtureModels_EqualTheReference()
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(Fixtures.Path("golden/model-tuned.yaml"));

        AssertEqual(Keys("unet/keys.json"), UNetStateDict.Shapes(configuration.UNet));
        AssertEqual(Keys("vae/keys.json"), VaeStateDict.Shapes(configuration.Vae));
    }

    [Fact]
    public void TextEncoderShapes_FixtureModel_EqualTheFileWithoutPositionIds()
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(Fixtures.Path("golden/model-tuned.yaml"));
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.Path("text/model.safetensors"));

        IReadOnlyDictionary<string, IReadOnlyList<long>> shapes = TextEncoderStateDict.Shapes(configuration.TextEncoder);

        Dictionary<string, IReadOnlyList<long>> stored = file
            .Tensors.Values.Where(info => info.Name != "text_model.embeddings.position_ids")
            .ToDictionary(info => info.Name, info => info.Shape);
        AssertEqual(stored.OrderBy(entry => entry.Key, StringComparer.Ordinal), shapes.OrderBy(entry => entry.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void TextEncoderShapes_RealSize_HaveTheKnownParameterCount()
    {
        // Stable Diffusion 2.1's text encoder: embeddings 50,672,640 + 23 layers of 12,596,224 + final norm 2,048.
        Assert.Equal(50_672_640 + (23L * 12_596_224) + 2_048, ParameterCount(TextEncoderStateDict.Shapes(RealTextEncoder)));
    }

    [Fact]
    public void CrossAttentionModules_FixtureModel_AreInTheReferencesOrder()
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(Fixtures.Path("golden/model-tuned.yaml"));
        using JsonDocument info = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("unet/info.json")));
        string[] expected =
        [
            .. info
                .RootElement.GetProperty("layers_in_module_order")
                .EnumerateArray()
                .Select(layer => layer.GetProperty("module").GetString()!),
        ];

        Assert.Equal(expected, UNetStateDict.CrossAttentionModules(configuration.UNet));
    }

    [Theory]
    [InlineData(1, 1, new[] { true })]
    [InlineData(3, 2, new[] { true, false })]
    [InlineData(2, 3, new[] { false, true, false, true })]
    public void CrossAttentionModules_AnyConfiguration_AgreeWithCountAndShapes(int resBlocks, int layers, bool[] levels)
    {
        UNetConfiguration configuration = RealUNet with
        {
            NumChannels = [.. levels.Select((_, level) => 8 * (level + 1))],
            AttentionLevels = levels,
            NumHeadChannels = [.. levels.Select(_ => 4)],
            NumResBlocks = resBlocks,
            TransformerNumLayers = layers,
            CrossAttentionDim = 20,
        };

        IReadOnlyList<string> modules = UNetStateDict.CrossAttentionModules(configuration);
        IReadOnlyDictionary<string, IReadOnlyList<long>> shapes = UNetStateDict.Shapes(configuration);

        Assert.Equal(configuration.CrossAttentionLayerCount, modules.Count);
        Assert.Equal(modules.Count, modules.Distinct().Count());
        Assert.All(modules, module => Assert.Equal(20, shapes[$"{module}.to_k.weight"][1]));
        Assert.Equal(modules.Count, shapes.Keys.Count(name => name.EndsWith("attn2.to_k.weight", StringComparison.Ordinal)));
    }

    private static long ParameterCount(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes) =>
        shapes.Values.Sum(shape => shape.Aggregate(1L, (product, dimension) => product * dimension));

    private static IEnumerable<KeyValuePair<string, IReadOnlyList<long>>> Keys(string file, string? part = null)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Fixtures.Path(file)));
        JsonElement element = part is null ? document.RootElement : document.RootElement.GetProperty(part);
        return
        [
            .. element
                .EnumerateObject()
                .Select(property =>
                    KeyValuePair.Create(
                        property.Name,
                        (IReadOnlyList<long>)[.. property.Value.EnumerateArray().Select(dimension => dimension.GetInt64())]
                    )
                ),
        ];
    }

    // As text, so that a failure shows the first tensor that differs; order counts too.
    private static void AssertEqual(
        IEnumerable<KeyValuePair<string, IReadOnlyList<long>>> expected,
        IEnumerable<KeyValuePair<string, IReadOnlyList<long>>> actual
    ) =>
        Assert.Equal(
            expected.Select(entry => $"{entry.Key} {string.Join("x", entry.Value)}"),
            actual.Select(entry => $"{entry.Key} {string.Join("x", entry.Value)}")
        );
}
