using CxrOnnx.Core.Configuration;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Models.UNet;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Tests.Diffusion;

[Trait("Category", "slow")]
public sealed class ImageSamplerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly ModelConfiguration Configuration = ReferenceSamplerTests.Configuration(false, 4) with
    {
        Image = new ImageConfiguration { Size = 64, LatentScale = 0.3 },
        Vae = ReferenceModels.CheckpointConfiguration,
    };

    [Fact]
    public void Sample_SameSeed_GivesTheSameImagesAndPrefix()
    {
        using Fixture fixture = new();
        using DisposeScope scope = NewDisposeScope();
        ImageSampler sampler = new(fixture.UNet, fixture.Vae, Configuration) { Steps = 4, GuidanceScale = 2 };
        Tensor three = sampler.Sample(fixture.Prompts, fixture.Empty, seed: 5, Cancellation);
        Assert.Equal([3, 1, 64, 64], three.shape);
        Assert.True(three.min().item<float>() >= 0 && three.max().item<float>() <= 1);
        ReferenceModels.AssertClose("again", three, sampler.Sample(fixture.Prompts, fixture.Empty, seed: 5, Cancellation), 0);
        ReferenceModels.AssertClose(
            "first two",
            three[..2],
            sampler.Sample(fixture.Prompts[..2], fixture.Empty, seed: 5, Cancellation),
            1e-4
        ); // other blocking of the sums
        Assert.True((three - sampler.Sample(fixture.Prompts, fixture.Empty, seed: 6, Cancellation)).abs().max().item<float>() > 0.01f);
    }

    [Fact]
    public void Sample_GuidanceZeroAndOne_AreTheUnconditionalAndTheConditionalModel()
    {
        using Fixture fixture = new();
        using DisposeScope scope = NewDisposeScope();
        Tensor With(double guidance, Tensor prompts, Tensor empty) =>
            new ImageSampler(fixture.UNet, fixture.Vae, Configuration) { Steps = 3, GuidanceScale = guidance }.Sample(
                prompts,
                empty,
                seed: 1,
                Cancellation
            );

        Tensor conditional = With(1, fixture.Prompts, fixture.Empty);
        Tensor unconditional = With(0, fixture.Prompts, fixture.Empty);
        Assert.True((conditional - unconditional).abs().max().item<float>() > 1e-3f);
        // C + 3 (c - c).
        ReferenceModels.AssertClose("guidance between equals", conditional[..1], With(3, fixture.Prompts[..1], fixture.Prompts[..1]), 1e-4);
        ReferenceModels.AssertClose("unconditional", unconditional, With(1, fixture.Empty.expand(3, -1, -1), fixture.Prompts[..1]), 1e-6);
    }

    [Fact]
    public void Sample_Cancelled_Stops()
    {
        using Fixture fixture = new();
        using DisposeScope scope = NewDisposeScope();
        ImageSampler sampler = new(fixture.UNet, fixture.Vae, Configuration);
        Assert.Throws<OperationCanceledException>(() =>
            sampler.Sample(fixture.Prompts, fixture.Empty, 1, new CancellationToken(canceled: true))
        );
    }

    private sealed class Fixture : IDisposable
    {
        public DiffusionModelUNet UNet { get; } =
            ReferenceModels.Randomized(new DiffusionModelUNet(ReferenceModels.UNetConfiguration), seed: 1);

        public AutoencoderKL Vae { get; } = ReferenceModels.Randomized(new AutoencoderKL(ReferenceModels.CheckpointConfiguration), seed: 2);

        public Tensor Prompts { get; } = randn([3, 7, 64], generator: new Generator(3));

        public Tensor Empty { get; } = randn([1, 7, 64], generator: new Generator(4));

        public void Dispose()
        {
            UNet.Dispose();
            Vae.Dispose();
            Prompts.Dispose();
            Empty.Dispose();
        }
    }
}
