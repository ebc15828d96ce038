using CxrOnnx.Checkpoints;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

[Trait("Category", "quick")]
public sealed class StateDictTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Normalize_MonaiCoreNames_GivesTheGenerativeModelsNamesAndBytes()
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(Fixtures.Path("golden/model-tuned.yaml"));
        foreach (
            (string fileName, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes) in new[]
            {
                ("unet/diffusion_model.safetensors", UNetStateDict.Shapes(configuration.UNet)),
                ("vae/autoencoder.safetensors", VaeStateDict.Shapes(configuration.Vae)),
            }
        )
        {
            using ITensorFile original = CheckpointFile.Open(Fixtures.Path(fileName));
            string path = _folder.File("core.safetensors");
            SafetensorsWriter.Write(
                path,
                [.. original.Tensors.Keys.Select(name => TensorPayload.Copy(original, name, MonaiCoreName(name)))]
            );
            using NormalizedStateDict normalized = StateDict.Normalize(CheckpointFile.Open(path));

            StateDict.Check(normalized, shapes);
            Assert.StartsWith("names of MONAI core (1.4 or later);", normalized.Notes[0], StringComparison.Ordinal);
            Assert.All(shapes.Keys, name => Assert.Equal(original.ReadBytes(name), normalized.ReadBytes(name)));
            Assert.Equal(MonaiCoreName(shapes.Keys.Last()), normalized.StoredName(shapes.Keys.Last()));
        }
    }

    [Fact]
    public void Normalize_CombinedProjection_IsCutIntoThree()
    {
        const string Block = "up_blocks.0.attentions.1.transformer_blocks.0.attn1";
        using NormalizedStateDict file = Normalize(
            ("down.conv.conv.weight", [1], [0]),
            ($"{Block}.qkv.weight", [6, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
        );

        Assert.Equal([0, 1, 2, 3], file.ReadFloat32($"{Block}.to_q.weight"));
        Assert.Equal([4, 5, 6, 7], file.ReadFloat32($"{Block}.to_k.weight"));
        Assert.Equal([8, 9, 10, 11], file.ReadFloat32($"{Block}.to_v.weight"));
        Assert.Equal([2L, 2L], file.Tensors[$"{Block}.to_k.weight"].Shape);
        Assert.Equal(4, file.Tensors.Count);
    }

    [Fact]
    public void Normalize_PrefixOfEveryName_IsRemovedAndNoted()
    {
        using NormalizedStateDict file = Normalize(("module._orig_mod.a.weight", [1], [1]), ("module._orig_mod.b.weight", [1], [2]));

        Assert.Equal(["a.weight", "b.weight"], file.Tensors.Keys);
        Assert.Equal([2], file.ReadFloat32("b.weight"));
        Assert.Contains("removed 'module._orig_mod.' from every name", file.Notes);
    }

    [Fact]
    public void Normalize_PrefixOfSomeNames_IsKept()
    {
        using NormalizedStateDict file = Normalize(("module.a", [1], [1]), ("b", [1], [2]));

        Assert.Equal(["module.a", "b"], file.Tensors.Keys);
    }

    [Fact]
    public void Normalize_TextEncoder_DropsPositionIdsAndKeepsItsOwnOutputProjection()
    {
        using NormalizedStateDict file = StateDict.Normalize(CheckpointFile.Open(Fixtures.Path("text/pytorch_model.bin")));
        ModelConfiguration configuration = ModelConfigurationFile.Load(Fixtures.Path("golden/model-tuned.yaml"));

        StateDict.Check(file, TextEncoderStateDict.Shapes(configuration.TextEncoder));
        Assert.Equal("names of Hugging Face CLIPTextModel", file.Notes[0]);
        Assert.Contains(file.Notes, note => note.Contains("position_ids", StringComparison.Ordinal));
    }

    [Fact]
    public void Normalize_BothLayoutsAtOnce_NamesBothTensors()
    {
        const string Block = "middle_block.attention.transformer_blocks.0.attn2";

        ArtifactException exception = Assert.Throws<ArtifactException>(() =>
            Normalize(($"{Block}.to_out.0.weight", [1], [1]), ($"{Block}.out_proj.weight", [1], [1]))
        );

        Assert.Contains($"'{Block}.to_out.0.weight' and '{Block}.out_proj.weight' are both", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_EveryKindOfMismatch_IsListedAtOnce()
    {
        using NormalizedStateDict file = Normalize(("a", [2], [1, 2]), ("b", [1], [1]), ("x", [1], [1]), ("y", [1], [1]));
        Dictionary<string, IReadOnlyList<long>> expected = new()
        {
            ["a"] = [1, 2],
            ["b"] = [1],
            ["c"] = [],
            ["d"] = [3, 4],
        };

        ArtifactException exception = Assert.Throws<ArtifactException>(() => StateDict.Check(file, expected));

        Assert.EndsWith(
            "does not fit the model configuration: 2 missing: c [], d [3, 4]; 2 not known to the model: x [1], y [1]; 1 of another "
                + "shape: a [2] instead of [1, 2]",
            exception.Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Dispose();

    // What the renaming in MONAI core does to names of GenerativeModels.
    private static string MonaiCoreName(string name)
    {
        if (name.Contains("transformer_blocks", StringComparison.Ordinal))
        {
            return name.Replace(".to_out.0.", ".out_proj.", StringComparison.Ordinal);
        }

        bool upsamples = name.Contains(".upsampler.", StringComparison.Ordinal) || name.StartsWith("decoder.", StringComparison.Ordinal);
        return upsamples ? name.Replace(".conv.conv.", ".postconv.conv.", StringComparison.Ordinal) : name;
    }

    private NormalizedStateDict Normalize(params (string Name, long[] Shape, float[] Data)[] tensors)
    {
        string path = _folder.File("made.safetensors");
        SafetensorsWriter.Write(path, [.. tensors.Select(tensor => TensorPayload.Float32(tensor.Name, tensor.Shape, tensor.Data))]);
        return StateDict.Normalize(SafetensorsFile.Open(path));
    }
}
