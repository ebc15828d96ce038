using CxrOnnx.Checkpoints;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

/// <summary>Files that hold more than one state dict, and tensors with flags.</summary>
[Trait("Category", "quick")]
public sealed class SeveralStateDictsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _made;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_TensorBesideStateDicts_NamesThemAndAsks()
    {
        string path = Save(("diffusion", "a.weight"), ("autoencoder", "b.weight"), ("scale_factor", ""));

        string message = Refused(path, null);
        Assert.Contains("several state dicts: 'diffusion' (1 tensor), 'autoencoder' (1 tensor)", message, StringComparison.Ordinal);
        Assert.Contains("1 tensor beside them (scale_factor)", message, StringComparison.Ordinal);
        Assert.Contains("`key` NAME, or as FILE#NAME", message, StringComparison.Ordinal);
        Assert.Equal(["b.weight"], Names(path, "autoencoder"));
        Assert.Equal(["scale_factor"], Names(path, "."));
        using ICheckpoint file = CheckpointFile.Open($"{path}#diffusion");
        Assert.Equal(("diffusion", "a.weight"), (file.Key, Assert.Single(file.Tensors.Keys)));
    }

    [Fact]
    public void Open_TensorBesideOneStateDict_Asks() =>
        Assert.Contains(
            "holds a state dict: 'autoencoder'",
            Refused(Save(("autoencoder", "b"), ("scale", "")), null),
            StringComparison.Ordinal
        );

    [Fact]
    public void Open_TwoUsualNames_Asks() =>
        Assert.Contains("several state dicts: 'model'", Refused(Save(("model", "a"), ("net", "b")), null), StringComparison.Ordinal);

    [Theory]
    [InlineData("state_dict", "ema_state_dict")]
    [InlineData("model", "ema")]
    [InlineData("unet", "unet_ema")]
    [InlineData("model", "model_ema")]
    public void Open_PlainAndAveragedDictionaries_TakesThePlainAndSaysSo(string plain, string averaged)
    {
        string path = Save((averaged, "b"), (plain, "a"));

        using ICheckpoint file = CheckpointFile.Open(path);
        Assert.Equal((plain, "a"), (file.Key, Assert.Single(file.Tensors.Keys)));
        Assert.Contains($"took '{plain}'; left out {averaged} (EMA", Assert.Single(file.Notes), StringComparison.Ordinal);
        Assert.Equal(["b"], Names(path, averaged));
        using NormalizedStateDict normalized = StateDict.Normalize(CheckpointFile.Open(path));
        Assert.Contains(normalized.Notes, note => note.StartsWith("took ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("model.a", "ema_model.a")]
    [InlineData("model.a", "model_ema.a")]
    [InlineData("online_model.a", "ema_model.a")]
    public void Open_PlainAndAveragedNames_TakesThePlainAndSaysSo(string plain, string averaged)
    {
        string path = Save((plain, ""), (averaged, ""), ("step", ""));

        using ICheckpoint file = CheckpointFile.Open(path);
        Assert.Equal("a", Assert.Single(file.Tensors.Keys));
        Assert.Equal(plain.Split('.')[0], file.Key);
        Assert.Contains("the plain weights", Assert.Single(file.Notes), StringComparison.Ordinal);
        Assert.Equal(["a"], Names(path, averaged.Split('.')[0]));
    }

    [Fact]
    public void Open_OnlyAveragedNames_TakesThemAndSaysSo()
    {
        using ICheckpoint file = CheckpointFile.Open(Save(("ema_model.a", "")));

        Assert.Equal("a", Assert.Single(file.Tensors.Keys));
        Assert.Contains("there are no others", Assert.Single(file.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_KeyOfAPrefixOrWithin_GivesWhatIsThere()
    {
        string path = Save(("first.a", ""), ("second.b", ""));
        Assert.Equal(["b"], Names(path, "second"));
        string nested = _folder.File("nested.pth");
        PickleBuilder pickle = new();
        pickle.Dictionary(
            "gan",
            gan =>
                gan.Dictionary("generator", inner => inner.Dictionary("layer.w", tensor => tensor.Tensor("FloatStorage", 4, 0, [4], [1])))
        );
        pickle.Save(nested, new byte[16]);
        Assert.Equal(["layer.w"], Names(nested, "gan.generator"));
        Assert.Equal(["w"], Names(nested, "gan.generator.layer"));
        Assert.Equal(["layer.w"], Names(nested, null));
    }

    [Fact]
    public void Open_UnknownKey_NamesWhatThereIs()
    {
        string message = Refused(Save(("diffusion", "a"), ("vae", "b")), "unet");

        Assert.Contains("`key` unet: no state dict has this name", message, StringComparison.Ordinal);
        Assert.Contains("its state dicts are 'diffusion' (1 tensor), 'vae' (1 tensor)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_KeyOfSafetensors_IsTheBeginningOfNames()
    {
        byte[] head =
        [
            .. "{\"unet.a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"u8,
            .. "\"vae.b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}"u8,
        ];
        string path = _folder.File("two.safetensors");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)head.Length), .. head, .. new byte[8]]);

        Assert.Equal(["b"], Names(path, "vae"));
        Assert.Equal(["unet.a", "vae.b"], Names(path, null));
        Assert.Contains("`key` text: no tensor's name begins with 'text.'", Refused(path, "text"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("neg", new float[] { -0f, -1, -2, -3 })]
    [InlineData("conj", new float[] { 0, 1, 2, 3 })]
    public void Open_TensorFlag_IsApplied(string flag, float[] expected)
    {
        using ICheckpoint file = CheckpointFile.Open(Flagged("FloatStorage", flag, 4));

        Assert.Equal(expected, file.ReadFloat32("a"));
    }

    [Fact]
    public void Open_NegatedIntegers_AreNegatedExactly()
    {
        using ICheckpoint file = CheckpointFile.Open(
            Flagged("IntStorage", "neg", 4, BitConverter.GetBytes(256), BitConverter.GetBytes(-5))
        );

        byte[] bytes = file.ReadBytes("a");
        Assert.Equal((-256, 5), (BitConverter.ToInt32(bytes, 0), BitConverter.ToInt32(bytes, 4)));
    }

    [Theory]
    [InlineData("FloatStorage", "lazy", "has the flag 'lazy', whose meaning is not known")]
    [InlineData("BoolStorage", "neg", "truth values is marked as negated")]
    public void Open_FlagThatCannotBeApplied_IsRefused(string storage, string flag, string expected) =>
        Assert.Contains(expected, Refused(Flagged(storage, flag, storage == "BoolStorage" ? 16 : 4), null), StringComparison.Ordinal);

    [Fact]
    public void CheckpointPath_ExistingFileWithASign_IsAPath()
    {
        string path = _folder.File("a#b.pth");
        File.WriteAllBytes(path, [1]);

        Assert.Equal(new CheckpointPath(path, null), CheckpointPath.Parse(path));
        Assert.Equal(new CheckpointPath("none", "b.pth"), CheckpointPath.Parse("none#b.pth"));
    }

    private static string[] Names(string path, string? key)
    {
        using ICheckpoint file = CheckpointFile.Open(path, key);
        return [.. file.Tensors.Keys];
    }

    private static string Refused(string path, string? key) =>
        Assert.Throws<ArtifactException>(() => CheckpointFile.Open(path, key)).Message;

    /// <summary>A file of dictionaries with one tensor each, or of tensors where the second name is empty.</summary>
    private string Save(params (string Name, string Tensor)[] entries)
    {
        PickleBuilder pickle = new();
        pickle.Opcode('}');
        foreach ((string name, string tensor) in entries)
        {
            pickle.Text(name);
            if (tensor.Length > 0)
            {
                pickle.Dictionary(tensor, inner => inner.Tensor("FloatStorage", 4, 0, [2, 2], [2, 1]));
            }
            else
            {
                bool isScalar = !name.Contains('.', StringComparison.Ordinal);
                pickle.Tensor("FloatStorage", 4, 0, isScalar ? [] : [2, 2], isScalar ? [] : [2, 1]);
            }

            pickle.Opcode('s');
        }

        string path = _folder.File($"several{_made++}.pth");
        pickle.Save(path, new byte[16]);
        return path;
    }

    private string Flagged(string storage, string flag, int elements, params byte[][] values)
    {
        PickleBuilder pickle = new();
        pickle.Dictionary(
            "a",
            tensor =>
                tensor
                    .Global("torch._utils", "_rebuild_tensor_v2")
                    .Tuple(
                        part => part.Storage(storage, elements),
                        part => part.Long(0),
                        part => part.Tuple(shape => shape.Long(elements)),
                        part => part.Tuple(stride => stride.Long(1)),
                        part => part.Raw(0x89),
                        part => part.Global("collections", "OrderedDict").Opcode(')').Opcode('R'),
                        part => part.Dictionary(flag, value => value.Raw(0x88))
                    )
                    .Opcode('R')
        );
        byte[] content = new byte[16];
        byte[] given =
            values.Length > 0
                ? [.. values.SelectMany(value => value)]
                : [.. Enumerable.Range(0, 4).SelectMany(i => BitConverter.GetBytes((float)i))];
        given.CopyTo(content, 0);
        string path = _folder.File($"flag{_made++}.pth");
        pickle.Save(path, content);
        return path;
    }
}
