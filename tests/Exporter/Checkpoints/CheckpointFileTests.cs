using System.IO.Compression;
using CsCheck;
using CxrOnnx.Checkpoints;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

[Trait("Category", "slow")]
public sealed class CheckpointFileTests : IDisposable
{
    // checkpoints/config.json: the AutoencoderKL that all files of the folder hold.
    private static readonly VaeConfiguration TinyVae = new()
    {
        InChannels = 1,
        OutChannels = 1,
        NumChannels = [4, 4, 8, 8],
        LatentChannels = 3,
        NumResBlocks = 2,
        NormNumGroups = 4,
    };

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("plain.pth")]
    [InlineData("plain_buffer_root_archive.pth")]
    [InlineData("legacy_nonzip.pth")]
    [InlineData("wrapped_model.pth")]
    [InlineData("wrapped_state_dict.pth")]
    [InlineData("saved_on_cuda.pth")]
    [InlineData("module_prefix.pth")]
    [InlineData("plain.safetensors")]
    public void Open_SameWeightsInAnyContainer_GivesTheSameBytes(string fileName)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.Path("checkpoints/plain.safetensors"));
        using NormalizedStateDict actual = StateDict.Normalize(CheckpointFile.Open(Fixtures.Path($"checkpoints/{fileName}")));

        StateDict.Check(actual, VaeStateDict.Shapes(TinyVae));
        AssertEqual(expected, actual);
        Assert.Equal(14_804, actual.Tensors.Values.Sum(info => info.ElementCount));
    }

    [Fact]
    public void Open_HalfPrecision_GivesTheRoundedWeights()
    {
        using SafetensorsFile full = SafetensorsFile.Open(Fixtures.Path("checkpoints/plain.safetensors"));
        using ITensorFile half = CheckpointFile.Open(Fixtures.Path("checkpoints/half.pth"));

        Assert.All(
            full.Tensors.Keys,
            name =>
            {
                Assert.Equal(TensorDataType.F16, half.Tensors[name].DataType);
                Assert.Equal(full.ReadFloat32(name).Select(value => (float)(Half)value), half.ReadFloat32(name));
            }
        );
    }

    [Fact]
    public void Open_OddTensors_GivesEveryViewAndType()
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.Path("checkpoints/odd_tensors.safetensors"));
        using ITensorFile actual = CheckpointFile.Open(Fixtures.Path("checkpoints/odd_tensors.pth"));

        AssertEqual(expected, actual);
        Assert.Equal(expected.Tensors.Keys, actual.Tensors.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Open_SafetensorsWhoseLengthLooksLikeAPickle_IsSafetensors(int second)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("weights.safetensors");
        string header = """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""".PadRight(0x80 + (second << 8));
        File.WriteAllBytes(path, [0x80, (byte)second, 0, 0, 0, 0, 0, 0, .. System.Text.Encoding.ASCII.GetBytes(header), 0, 0, 128, 63]);

        using ITensorFile file = CheckpointFile.Open(path);

        Assert.Equal([1f], file.ReadFloat32("a"));
    }

    [Theory]
    [InlineData("unet/diffusion_model.safetensors")]
    [InlineData("vae/autoencoder.safetensors")]
    public void Open_FixtureModels_FitTheirConfigurationAndHaveFiniteWeights(string fileName)
    {
        ModelConfiguration configuration = ModelConfigurationFile.Load(Fixtures.Path("golden/model-tuned.yaml"));
        using NormalizedStateDict file = StateDict.Normalize(CheckpointFile.Open(Fixtures.Path(fileName)));

        StateDict.Check(
            file,
            fileName.StartsWith("unet", StringComparison.Ordinal)
                ? UNetStateDict.Shapes(configuration.UNet)
                : VaeStateDict.Shapes(configuration.Vae)
        );
        Assert.All(file.Tensors.Keys, name => Assert.All(file.ReadFloat32(name), value => Assert.True(float.IsFinite(value))));
        Assert.Equal(["names of MONAI GenerativeModels"], file.Notes);
    }

    [Fact]
    public void Open_TextEncoderAsPytorchBin_EqualsTheSafetensorsFile()
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.Path("text/model.safetensors"));
        using ITensorFile actual = CheckpointFile.Open(Fixtures.Path("text/pytorch_model.bin"));

        AssertEqual(expected, actual);
    }

    [Theory]
    [InlineData("truncated.pth", "is a zip file whose directory at the end is missing; the file is truncated")]
    [InlineData("calls_a_function.pth", "refers to posix.getcwd; refusing to load")]
    [InlineData("whole_module_pickle.pth", "refers to generative.networks.nets.autoencoderkl.AutoencoderKL; refusing to load")]
    public void Open_BadFixture_SaysWhatIsWrong(string fileName, string expected)
    {
        string path = Fixtures.Path($"checkpoints/{fileName}");

        ArtifactException exception = Assert.Throws<ArtifactException>(() => CheckpointFile.Open(path));

        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("missing_key.pth", "1 missing: encoder.blocks.1.norm1.bias [4]")]
    [InlineData("wrong_shape.pth", "1 of another shape: encoder.blocks.0.conv.weight [1, 2, 3] instead of [4, 1, 3, 3]")]
    public void Check_BadFixture_NamesTheTensor(string fileName, string expected)
    {
        using ITensorFile file = CheckpointFile.Open(Fixtures.Path($"checkpoints/{fileName}"));

        ArtifactException exception = Assert.Throws<ArtifactException>(() => StateDict.Check(file, VaeStateDict.Shapes(TinyVae)));

        Assert.EndsWith($"does not fit the model configuration: {expected}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NeitherFormat_SaysWhatItBeginsWith()
    {
        ArtifactException exception = Assert.Throws<ArtifactException>(() =>
            CheckpointFile.Open(_folder.Write("image.png", [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0]))
        );

        Assert.Contains(
            "is neither a safetensors file nor one written by torch.save (10 bytes, beginning with 89504e470d0a1a0a)",
            exception.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "beginning with nothing",
            Assert.Throws<ArtifactException>(() => CheckpointFile.Open(_folder.Write("empty", []))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_CompressedEntries_SaysHowToRepack() => AssertRepackedFails("is compressed (method 8)", CompressionLevel.Optimal);

    [Fact]
    public void Open_StorageEntryMissing_NamesIt() => AssertRepackedFails("has no entry 'plain/data/7'", leaveOut: "plain/data/7");

    [Fact]
    public void Open_StorageEntryTooShort_GivesBothSizes() =>
        AssertRepackedFails("entry 'plain/data/7' has 8 bytes, its tensors need 16", change: ("plain/data/7", new byte[8]));

    [Fact]
    public void Open_BigEndian_IsRefused() =>
        AssertRepackedFails("its byte order is 'big'", change: ("plain/byteorder", "big"u8.ToArray()));

    [Fact]
    public void Open_ZipOfSomethingElse_IsRefused()
    {
        using (ZipArchive zip = ZipFile.Open(_folder.File("other.zip"), ZipArchiveMode.Create))
        {
            zip.CreateEntry("readme.txt");
        }

        ArtifactException exception = Assert.Throws<ArtifactException>(() => CheckpointFile.Open(_folder.File("other.zip")));

        Assert.Contains("is a zip file without data.pkl", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ChangedWeight_FailsTheChecksum()
    {
        byte[] content = File.ReadAllBytes(Fixtures.Path("checkpoints/plain.pth"));
        using SafetensorsFile plain = SafetensorsFile.Open(Fixtures.Path("checkpoints/plain.safetensors"));
        const string Name = "decoder.blocks.0.conv.weight";
        int position = content.AsSpan().IndexOf(plain.ReadBytes(Name));
        content[position + 5] ^= 1;

        using ITensorFile damaged = CheckpointFile.Open(_folder.Write("changed.pth", content));

        Assert.Contains("has CRC-32", Assert.Throws<ArtifactException>(() => damaged.ReadBytes(Name)).Message, StringComparison.Ordinal);
        Assert.Equal(plain.ReadBytes("encoder.blocks.0.conv.weight"), damaged.ReadBytes("encoder.blocks.0.conv.weight"));
    }

    [Fact]
    public void Read_FromManyThreads_GivesTheSameBytes()
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Fixtures.Path("checkpoints/plain.safetensors"));
        using ITensorFile file = CheckpointFile.Open(Fixtures.Path("checkpoints/plain.pth"));

        Parallel.For(
            0,
            500,
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            i =>
            {
                string name = expected.Tensors.Keys.ElementAt(i % expected.Tensors.Count);
                Assert.Equal(expected.ReadBytes(name), file.ReadBytes(name));
            }
        );
    }

    [Theory]
    [InlineData("odd_tensors.pth")]
    [InlineData("plain.pth")]
    [InlineData("legacy_nonzip.pth")]
    public void OpenAndRead_AnyDamage_LoadsOrThrowsArtifactException(string fileName)
    {
        byte[] good = File.ReadAllBytes(Fixtures.Path($"checkpoints/{fileName}"));
        bool hasChecksums = fileName != "legacy_nonzip.pth";
        using ITensorFile expected = CheckpointFile.Open(Fixtures.Path($"checkpoints/{fileName}"));
        string path = _folder.File("damaged");

        // Half of the changes go to the first part, where the pickle is.
        Gen<int> position = Gen.OneOf(Gen.Int[0, good.Length - 1], Gen.Int[0, Math.Min(30_000, good.Length) - 1]);
        Gen.Select(Gen.Select(position, Gen.Byte).Array[1, 3], Gen.Int[0, good.Length], Gen.Int[0, 9])
            .Sample(
                (changes, length, kind) =>
                {
                    byte[] damaged = kind == 0 ? good[..length] : [.. good];
                    foreach ((int at, byte value) in changes)
                    {
                        if (at < damaged.Length)
                        {
                            damaged[at] = value;
                        }
                    }

                    File.WriteAllBytes(path, damaged);
                    try
                    {
                        using ITensorFile file = CheckpointFile.Open(path);
                        foreach (string name in file.Tensors.Keys)
                        {
                            byte[] bytes = file.ReadBytes(name);
                            Assert.True(
                                !hasChecksums || expected.ReadBytes(name).AsSpan().SequenceEqual(bytes),
                                $"{name} was read with other bytes"
                            );
                        }
                    }
                    catch (ArtifactException exception)
                    {
                        Assert.DoesNotContain('\n', exception.Message);
                    }
                },
                iter: 120,
                threads: 1
            );
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertEqual(ITensorFile expected, ITensorFile actual)
    {
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(
            expected.Tensors.Values,
            info =>
            {
                Assert.Equal(info.DataType, actual.Tensors[info.Name].DataType);
                Assert.Equal(info.Shape, actual.Tensors[info.Name].Shape);
                Assert.Equal(expected.ReadBytes(info.Name), actual.ReadBytes(info.Name));
            }
        );
    }

    private void AssertRepackedFails(
        string expected,
        CompressionLevel level = CompressionLevel.NoCompression,
        string? leaveOut = null,
        (string Name, byte[] Content)? change = null
    )
    {
        using (ZipArchive source = ZipFile.OpenRead(Fixtures.Path("checkpoints/plain.pth")))
        using (ZipArchive target = ZipFile.Open(_folder.File("repacked.pth"), ZipArchiveMode.Create))
        {
            foreach (ZipArchiveEntry entry in source.Entries.Where(entry => entry.FullName != leaveOut && entry.FullName != change?.Name))
            {
                using Stream from = entry.Open();
                using Stream to = target.CreateEntry(entry.FullName, level).Open();
                from.CopyTo(to);
            }

            if (change is { } changed)
            {
                using Stream to = target.CreateEntry(changed.Name, level).Open();
                to.Write(changed.Content);
            }
        }

        ArtifactException exception = Assert.Throws<ArtifactException>(() => CheckpointFile.Open(_folder.File("repacked.pth")));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }
}
