using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Evaluation.Evidence;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Evidence;

[Trait("Category", "slow")]
public sealed class EvidenceRunTests
{
    private static readonly string Samples = Path.Combine(Fixtures.Repository, "models", "samples");

    private static readonly EvidenceRequest Request = new()
    {
        Bundle = Path.Combine(Fixtures.Repository, "models", "cxr-phantom"),
        Dataset = "ms-cxr",
        Annotations = Path.Combine(Samples, "annotations.csv"),
        Images = Samples,
        Preset = "turbo",
        Folds = 2,
        Model = new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Threads = 1 },
    };

    /// <summary>Four images of five, so that the last group is smaller.</summary>
    [Fact]
    public void Execute_SeveralImagesAtOnce_LearnsTheSameUpToRounding()
    {
        EvidenceFile alone = Execute(Request);
        EvidenceFile together = Execute(Request with { ImagesAtOnce = 4 });
        // By default a CPU takes one at once: the bytes of ever.
        Assert.Equal(alone.Recipe.Weights, Execute(Request with { ImagesAtOnce = 1 }).Recipe.Weights);
        Assert.Equal(alone.Recipe.LearnedFrom, together.Recipe.LearnedFrom);
        Assert.Equal(alone.HeldOut.Keys.Order(), together.HeldOut.Keys.Order());
        foreach ((string name, double value) in alone.HeldOut)
        {
            // Latents agree to 1e-5; a threshold of mIoU can take one cell more or less.
            Assert.Equal(value, together.HeldOut[name], 2e-3);
        }

        (EvidenceWeights a, EvidenceWeights b) = (alone.Recipe.Weights, together.Recipe.Weights);
        Assert.Equal(a.Intercept, b.Intercept, 5e-3);
        Assert.Equal(a.Attention, b.Attention, 5e-3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void Execute_ImagesAtOnceOutside_IsRefused(int number)
    {
        InputException error = Assert.Throws<InputException>(() => Execute(Request with { ImagesAtOnce = number }));
        Assert.Contains("`images-at-once`", error.Message, StringComparison.Ordinal);
    }

    private static EvidenceFile Execute(EvidenceRequest request) =>
        EvidenceRun.Execute(request, null, TestContext.Current.CancellationToken);
}
