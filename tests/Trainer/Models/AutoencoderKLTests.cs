using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.Vae;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Models;

[Trait("Category", "slow")]
public sealed class AutoencoderKLTests
{
    // The fixtures' bounds: the reference itself differs from float64 by 3e-5 (means up to 22) and 1.4e-6.
    private const double MeanTolerance = 5e-4;
    private const double SigmaTolerance = 5e-5;

    // The decoder is compared on a smaller model in StateDictLoaderTests.
    [Fact]
    public void Encode_ReferenceImage_MatchesReference()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using AutoencoderKL model = ReferenceModels.Vae();
        using ITensorFile io = ReferenceModels.Open("vae/io.safetensors");
        (Tensor mean, Tensor sigma) = model.Encode(StateDictLoader.Read(io, "image1"));
        ReferenceModels.AssertClose("mean1", io, "mean1", mean, MeanTolerance);
        ReferenceModels.AssertClose("sigma1", io, "sigma1", sigma, SigmaTolerance);
    }

    [Fact]
    public void Encode_TwoImages_KeepsThemApart()
    {
        torch.set_num_threads(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        using AutoencoderKL model = new(ReferenceModels.CheckpointConfiguration);
        WeightInitialization.Initialize(model, seed: 2);
        Tensor images = rand([2, 1, 16, 40], generator: new Generator(4));
        Tensor together = model.Encode(images).Mean;
        Assert.Equal([2, 3, 2, 5], together.shape);
        for (int i = 0; i < 2; i++)
        {
            ReferenceModels.AssertClose($"image {i}", model.Encode(images[i..(i + 1)]).Mean, together[i..(i + 1)], 1e-5); // rounding only
        }
    }

    [Fact]
    public void StateDict_EveryConfiguration_HasTheReferenceKeys()
    {
        foreach (
            VaeConfiguration configuration in (VaeConfiguration[])
                [
                    ReferenceModels.VaeConfiguration,
                    ReferenceModels.CheckpointConfiguration with
                    {
                        NumResBlocks = 1,
                        NumChannels = [8, 12, 16],
                        LatentChannels = 4,
                    },
                ]
        )
        {
            using AutoencoderKL model = new(configuration);
            StateDictAssert.Same(VaeStateDict.Shapes(configuration), model);
        }
    }

    [Fact]
    public void EncodeDecode_ShapesThatDoNotFit_SayWhatAndWanted()
    {
        using DisposeScope scope = NewDisposeScope();
        using AutoencoderKL model = new(ReferenceModels.CheckpointConfiguration);
        Assert.Equal(
            "image of shape [1, 1, 16, 20], wanted [B, 1, H, W] with H and W multiples of 8",
            Assert.Throws<InputException>(() => model.Encode(zeros(1, 1, 16, 20))).Message
        );
        Assert.Equal(
            "latents of shape [1, 4, 2, 2], wanted [B, 3, h, w]",
            Assert.Throws<InputException>(() => model.Decode(zeros(1, 4, 2, 2))).Message
        );
    }
}
