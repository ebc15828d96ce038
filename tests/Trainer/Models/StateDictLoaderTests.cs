using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Models;

[Trait("Category", "quick")]
public sealed class StateDictLoaderTests
{
    // The tiny autoencoder's reference is fp32 itself; bounds of tests/golden/README.md for the autoencoder.
    private const double MeanTolerance = 5e-4;
    private const double SigmaTolerance = 5e-5;
    private const double DecodedTolerance = 5e-5;

    [Theory]
    [InlineData("plain.safetensors")]
    [InlineData("plain.pth")]
    [InlineData("plain_buffer_root_archive.pth")]
    [InlineData("legacy_nonzip.pth")]
    [InlineData("wrapped_model.pth")]
    [InlineData("wrapped_state_dict.pth")]
    [InlineData("module_prefix.pth")]
    [InlineData("saved_on_cuda.pth")]
    public void Load_EveryCheckpointFormat_GivesTheReferenceModel(string checkpoint)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using AutoencoderKL model = ReferenceModels.Loaded(
            new AutoencoderKL(ReferenceModels.CheckpointConfiguration),
            $"checkpoints/{checkpoint}"
        );
        using ITensorFile io = ReferenceModels.Open("checkpoints/io.safetensors");
        string image = io.Tensors.Keys.Single(name => name.StartsWith("image", StringComparison.Ordinal));
        string suffix = image["image".Length..];
        (Tensor mean, Tensor sigma) = model.Encode(StateDictLoader.Read(io, image));
        ReferenceModels.AssertClose($"{checkpoint} mean", io, "mean" + suffix, mean, MeanTolerance);
        ReferenceModels.AssertClose($"{checkpoint} sigma", io, "sigma" + suffix, sigma, SigmaTolerance);
        ReferenceModels.AssertClose(
            $"{checkpoint} decoded",
            io,
            "decoded" + suffix,
            model.Decode(StateDictLoader.Read(io, "mean" + suffix)),
            DecodedTolerance
        );
    }

    [Fact]
    public void Load_HalfPrecisionCheckpoint_ConvertsExactly()
    {
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL full = ReferenceModels.Loaded(
            new AutoencoderKL(ReferenceModels.CheckpointConfiguration),
            "checkpoints/plain.pth"
        );
        using AutoencoderKL half = ReferenceModels.Loaded(
            new AutoencoderKL(ReferenceModels.CheckpointConfiguration),
            "checkpoints/half.pth"
        );
        Dictionary<string, Tensor> expected = full.state_dict();
        foreach ((string name, Tensor tensor) in half.state_dict())
        {
            Assert.Equal(ScalarType.Float32, tensor.dtype);
            // Rounding to half happened in the file, nothing else may.
            ReferenceModels.AssertClose(name, expected[name].half().@float(), tensor, 0);
        }
    }

    [Theory]
    [InlineData("missing_key.pth")]
    [InlineData("wrong_shape.pth")]
    public void Load_CheckpointThatDoesNotFit_LeavesTheModelAloneAndSaysWhy(string checkpoint)
    {
        using AutoencoderKL model = new(ReferenceModels.CheckpointConfiguration);
        WeightInitialization.Initialize(model, 1);
        double before = Sum(model);
        using ITensorFile file = ReferenceModels.Open($"checkpoints/{checkpoint}");
        ArtifactException exception = Assert.Throws<ArtifactException>(() => StateDictLoader.Load(model, file));
        Assert.Contains(checkpoint, exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, Sum(model));

        static double Sum(AutoencoderKL model)
        {
            using DisposeScope scope = NewDisposeScope();
            return model.parameters().Sum(p => p.detach().@double().sum().item<double>());
        }
    }

    [Fact]
    public void Load_AnotherConfiguration_NamesEveryDifferenceAtOnce()
    {
        using AutoencoderKL model = new(ReferenceModels.CheckpointConfiguration with { NumChannels = [4, 4, 8, 12] });
        using ITensorFile file = ReferenceModels.Open("checkpoints/plain.safetensors");
        ArtifactException refusal = Assert.Throws<ArtifactException>(() => StateDictLoader.Load(model, file));
        Assert.DoesNotContain("decoder.blocks.0.conv.weight", refusal.Message, StringComparison.Ordinal); // five names of each kind
        string message = refusal.InnerException!.Message;
        Assert.Contains("encoder.blocks.10.nin_shortcut.conv.weight", message, StringComparison.Ordinal); // missing
        Assert.Contains("encoder.blocks.10.conv1.conv.weight", message, StringComparison.Ordinal); // mis-shaped
        Assert.Contains("decoder.blocks.0.conv.weight", message, StringComparison.Ordinal); // mis-shaped
    }

    [Fact]
    public void Save_ThenLoad_RestoresEveryBit()
    {
        string folder = Directory.CreateTempSubdirectory("cxronnx-state").FullName;
        try
        {
            using DisposeScope scope = NewDisposeScope();
            string path = Path.Combine(folder, "unet.safetensors");
            using DiffusionModelUNet saved = ReferenceModels.Randomized(new DiffusionModelUNet(ReferenceModels.UNetConfiguration), seed: 8);
            StateDictLoader.Save(saved, path, new Dictionary<string, string> { ["format"] = "pt" });
            using DiffusionModelUNet loaded = new(ReferenceModels.UNetConfiguration);
            using (ITensorFile file = CheckpointFile.Open(path))
            {
                Assert.Equal("pt", file.Metadata["format"]);
                StateDictLoader.Load(loaded, file);
            }

            Dictionary<string, Tensor> expected = saved.state_dict();
            foreach ((string name, Tensor tensor) in loaded.state_dict())
            {
                Assert.True(tensor.bytes.SequenceEqual(expected[name].bytes), name);
            }

            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Payload_NonContiguousBFloat16_IsWrittenRowMajor()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor transposed = arange(6, dtype: ScalarType.Float32).reshape(2, 3).t().to(ScalarType.BFloat16);
        TensorPayload payload = StateDictLoader.Payload("x", transposed);
        using MemoryStream stream = new();
        payload.WriteTo(stream);
        Assert.Equal(TensorDataType.BF16, payload.Info.DataType);
        Assert.Equal([3L, 2L], payload.Info.Shape);
        Assert.Equal(12, stream.Length);
        Assert.Equal([0x00, 0x00, 0x40, 0x40], stream.ToArray()[..4]); // 0, then 3 = 0x4040: the columns of the original
    }
}
