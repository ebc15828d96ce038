using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>A model loaded as deterministic: the same bytes in any company.</summary>
[Trait("Category", "slow")]
public class DeterministicTests
{
    private const int Width = 16;

    private static readonly string[] Phrases = ["left lower pneumonia", "right pneumothorax", "cardiomegaly"];

    private static CancellationToken Cancellation => GroundingPipelineReferenceTests.Cancellation;

    // On some processors the kernels give the same bytes for a row in any batch anyway; that the calls themselves are the same does not
    // depend on that.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(20)]
    public void CutAlike_AnyCompany_ComputesAPromptByTheSameCalls(int steps)
    {
        AttentionBatch[] alone = [.. AttentionBatch.CutAlike(steps, 1)];
        Assert.Equal(steps, alone.Sum(batch => batch.Count));
        Assert.All(alone, batch => Assert.InRange(batch.Steps, 1, 4));
        ILookup<int, AttentionBatch> together = AttentionBatch.CutAlike(steps, 3).ToLookup(batch => batch.FirstPrompt);
        for (int prompt = 0; prompt < 3; prompt++)
        {
            Assert.Equal(alone, together[prompt].Select(batch => batch with { FirstPrompt = 0 }));
        }
    }

    [Theory]
    [InlineData("exact", true)]
    [InlineData("turbo", true)]
    [InlineData("exact", false)]
    public void Ground_PromptsInAnyCompany_GiveTheSameBytes(string preset, bool rearrange)
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        using GroundingModel model = GroundingModel.Load(bundle, Options with { PrepackWeights = rearrange });
        Random random = new(3);
        PromptContext[] prompts = [.. Enumerable.Range(0, 5).Select(i => new PromptContext(Values(random, 77 * Width), [1, 2 + i]))];
        GridSize size = new(32, 64);
        float[] image = Values(random, size.CellCount);

        Dictionary<int, float[]> wanted = [];
        foreach (int budget in new[] { 256, 1, 4096 })
        {
            GroundingPipeline grounder = new(
                model,
                new GroundingOptions
                {
                    Preset = preset,
                    MemoryBudgetMebibytes = budget,
                    PerToken = budget == 1,
                }
            );
            using ImageTrajectory trajectory = grounder.Invert(image, size, new float[77 * Width], cancellationToken: Cancellation);
            foreach (int[] company in new int[][] { [0], [1], [2], [0, 1, 2], [2, 4, 1, 0, 3] })
            {
                IReadOnlyList<PromptMap> maps = grounder.Ground(
                    trajectory,
                    [.. company.Select(i => prompts[i])],
                    cancellationToken: Cancellation
                );
                for (int i = 0; i < company.Length; i++)
                {
                    if (wanted.TryAdd(company[i], maps[i].Heatmap.Values))
                    {
                        continue;
                    }

                    AssertSameBytes(wanted[company[i]], maps[i].Heatmap.Values);
                }
            }
        }

        Assert.NotEqual(wanted[0], wanted[1]);
    }

    [Fact]
    public void Ground_PhrasesInAnyCompany_AreEncodedAndComputedOneByOne()
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        using GroundingModel model = GroundingModel.Load(bundle, Options);
        GroundingPipeline grounder = new(model);
        using ImageTrajectory trajectory = grounder.Invert(
            new GrayImage(50, 41, Values(new Random(4), 50 * 41)),
            cancellationToken: Cancellation
        );
        IReadOnlyList<PhraseGrounding> together = grounder.Ground(trajectory, Phrases, cancellationToken: Cancellation);
        Assert.Equal((6, 6), (model.AttentionEvaluations, model.AttentionSamples));
        foreach (PhraseGrounding result in together.Reverse())
        {
            PhraseGrounding alone = grounder.Ground(trajectory, [result.Phrase.Phrase], cancellationToken: Cancellation)[0];
            AssertSameBytes(alone.Heatmap.Values, result.Heatmap.Values);
            Assert.Equal(alone.Focus, result.Focus);
            Assert.Equal(alone.Peak, result.Peak);
            Assert.True(result.Provenance.Deterministic);
        }
    }

    [Fact]
    public void Load_WithoutThreads_FixesThem()
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        using GroundingModel model = GroundingModel.Load(bundle, new GroundingModelOptions { Deterministic = true });
        Assert.Equal((Environment.ProcessorCount, "cpu", true), (model.Threads, model.Provider.Name, model.Deterministic));
        using GroundingModel usual = GroundingModel.Load(bundle, new GroundingModelOptions { Provider = ExecutionProvider.Cpu });
        Assert.Equal((0, false), (usual.Threads, usual.Deterministic));
    }

    [Theory]
    [InlineData(ExecutionProvider.Cuda, "cuda")]
    [InlineData(ExecutionProvider.TensorRT, "tensorrt")]
    public void Load_OnAnAccelerator_IsRefused(ExecutionProvider provider, string name)
    {
        using Bundle bundle = Bundle.Open(TinyModelBundle.Bundle);
        InputException error = Assert.Throws<InputException>(() =>
            GroundingModel.Load(bundle, new GroundingModelOptions { Deterministic = true, Provider = provider })
        );
        Assert.Contains($"`deterministic` with provider {name}", error.Message, StringComparison.Ordinal);
    }

    private static GroundingModelOptions Options => GroundingPipelineReferenceTests.Options with { Deterministic = true };

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];

    private static void AssertSameBytes(float[] wanted, float[] got) =>
        Assert.True(
            System
                .Runtime.InteropServices.MemoryMarshal.AsBytes<float>(wanted)
                .SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(got)),
            "the bytes differ"
        );
}
