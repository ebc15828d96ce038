using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Tests.Models;
using CxrOnnx.Trainer.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Diffusion;

[Trait("Category", "slow")]
public sealed class ImageSamplerTests
{
    [Fact]
    public void SampleStates_AllSteps_LeadFromTheNoiseToTheSample()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(1);
        Tensor noise = randn(data.Batch([0]).shape);

        Tensor states = ImageSampler.SampleStates(model, noise, "left mass", 10, 0, 10);
        Tensor part = ImageSampler.SampleStates(model, noise, "left mass", 10, 2, 4);
        Tensor sample = ImageSampler.Sample(model, noise, ["left mass"], 10, 1);

        Assert.Equal([10, .. noise.shape.Skip(1)], states.shape);
        Assert.Equal(Values(noise), Values(states[9]));
        Assert.Equal(Values(states.narrow(0, 2, 2)), Values(part));

        // The first state is one step away from the sample, and no other is nearer.
        float[] distances = [.. Enumerable.Range(0, 10).Select(k => (states[k] - sample[0]).square().mean().item<float>())];
        Assert.Equal(0, Array.IndexOf(distances, distances.Min()));
    }

    [Fact]
    public void Sample_GuidanceZeroAndOne_AreTheUnconditionalAndTheConditionalModel()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create();
        using LatentDataSet data = ToyModel.Data(1);
        // Untrained, its last convolution is zero.
        ReferenceModels.Randomized(model.UNet, seed: 1);
        Tensor noise = randn([2, .. data.Batch([0]).shape.Skip(1)], generator: new Generator(3));
        Tensor With(double guidance, params string[] prompts) => ImageSampler.Sample(model, noise, prompts, 4, guidance);

        Tensor conditional = With(1, "left mass", "right mass");
        Tensor unconditional = With(0, "left mass", "right mass");
        Assert.Equal(noise.shape, conditional.shape);
        Assert.True((conditional - unconditional).abs().max().item<float>() > 1e-3f);
        ReferenceModels.AssertClose("unconditional", With(1, "", ""), unconditional, 1e-6);
        // E + 3 (E - E).
        ReferenceModels.AssertClose("guidance between equals", With(1, "", ""), With(3, "", ""), 1e-5);
    }

    [Fact]
    public void Images_SeveralPrompts_StartFromTheSameNoises()
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentDiffusionModel model = ToyModel.Create();
        ReferenceModels.Randomized(model.UNet, seed: 1);
        using AutoencoderKL vae = ReferenceModels.Randomized(new AutoencoderKL(model.Configuration.Vae), seed: 2);
        Tensor Images(long seed, params string[] prompts)
        {
            using StepRandom random = new(seed, stream: 0, step: 0);
            return ImageSampler.Images(model, vae, prompts, each: 2, random, steps: 3, guidance: 2);
        }

        Tensor both = Images(5, "left mass", "right mass");
        int side = model.Configuration.Image.Size;
        Assert.Equal([4, model.Configuration.Vae.OutChannels, side, side], both.shape);
        // Batches of other sizes sum in another order.
        ReferenceModels.AssertClose("the first prompt alone", both[..2], Images(5, "left mass"), 1e-4);
        ReferenceModels.AssertClose("the second prompt alone", both[2..], Images(5, "right mass"), 1e-4);
        Assert.True((both[0] - both[1]).abs().max().item<float>() > 1e-3f);
        Assert.True((both - Images(6, "left mass", "right mass")).abs().max().item<float>() > 1e-3f);
    }

    private static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
