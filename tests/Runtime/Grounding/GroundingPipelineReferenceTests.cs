using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>
/// The exact path on a bundle of the reference checkpoints against the reference sampler's own results (200 evaluations per pair).
/// </summary>
[Trait("Category", "slow")]
public class GroundingPipelineReferenceTests
{
    // A pixel whose value lies within rounding of Otsu's threshold may fall on either side of it, depending on the processor's kernels; the
    // fixture allows this share.
    private const double OtsuFlips = 0.002;

    private static readonly GridSize Image = GridSize.Square(192);

    [Fact]
    public void Ground_FrozenModel_EqualsTheReferenceSampler()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Frozen);
        using GroundingModel model = GroundingModel.Load(bundle, Options);
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        GroundingPipeline grounder = new(model);

        using ImageTrajectory trajectory = grounder.Invert(
            reference.ReadFloat32("image_0"),
            Image,
            reference.ReadFloat32("context_0"),
            cancellationToken: Cancellation
        );
        IReadOnlyList<PromptMap> maps = grounder.Ground(
            trajectory,
            [Prompt(reference, 1, 3), Prompt(reference, 2, 7)],
            cancellationToken: Cancellation
        );

        // One trajectory for both prompts: 59 whole evaluations and 20 truncated ones per prompt, where the reference makes 200 per prompt.
        Assert.Equal(59, model.DenoiserEvaluations);
        Assert.Equal(40, model.AttentionEvaluations);
        Assert.Equal(59, trajectory.Evaluations);

        float[] latents = reference.ReadFloat32("n100_img0_p1_latent_every10");
        int size = latents.Length / 10;
        foreach (int step in (int[])[40, 50])
        {
            AssertNear(latents.AsSpan(step / 10 * size, size), trajectory.Latents(step), 5e-4, $"z_{step}"); // fixture
        }

        for (int prompt = 1; prompt <= 2; prompt++)
        {
            float[] final = reference.ReadFloat32($"n100_img0_p{prompt}_vios_final");
            // The project's bound for the exact path.
            AssertNear(final, maps[prompt - 1].Heatmap.Values, 1e-3, $"prompt {prompt}", OtsuFlips);
            Assert.Equal(0, maps[prompt - 1].ConstantMapCount);
        }
    }

    [Fact]
    public void Ground_TunedModel_EqualsTheReferenceSampler()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        using GroundingModel model = GroundingModel.Load(bundle, Options);
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        GroundingPipeline grounder = new(model);
        using ImageTrajectory trajectory = grounder.Invert(
            reference.ReadFloat32("image_0"),
            Image,
            reference.ReadFloat32("context_0"),
            cancellationToken: Cancellation
        );
        for (int prompt = 1; prompt <= 2; prompt++)
        {
            PromptMap map = grounder.Ground(trajectory, [Prompt(reference, prompt, prompt == 1 ? 3 : 7)], cancellationToken: Cancellation)[
                0
            ];
            float[] paper = reference.ReadFloat32($"n100_img0_p{prompt}_paper_gauss");
            MapRange.Normalize(paper);
            AssertNear(paper, map.Heatmap.Values, 1e-3, $"prompt {prompt}"); // the project's bound for the exact path
        }
    }

    [Fact]
    public void Ground_ThreeHundredSteps_RunsThe334OfTheReference()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.ThreeHundred);
        using GroundingModel model = GroundingModel.Load(bundle, Options);
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        GroundingPipeline grounder = new(model);
        Assert.Equal(334, model.Timesteps.Count);
        using ImageTrajectory trajectory = grounder.Invert(
            reference.ReadFloat32("image_0"),
            Image,
            reference.ReadFloat32("context_0"),
            cancellationToken: Cancellation
        );
        PromptMap map = grounder.Ground(trajectory, [Prompt(reference, 1, 3)], cancellationToken: Cancellation)[0];
        Assert.Equal((179, 60), (model.DenoiserEvaluations, model.AttentionEvaluations));
        AssertNear(reference.ReadFloat32("n300_img0_p1_vios_final"), map.Heatmap.Values, 1e-3, "334 steps", OtsuFlips);
    }

    [Fact]
    public void EncodeText_ReferenceIds_GivesTheReferenceContexts()
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        using GroundingModel model = GroundingModel.Load(bundle, Options);
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        long[] ids = [.. reference.ReadInt64("ids_0"), .. reference.ReadInt64("ids_1"), .. reference.ReadInt64("ids_2")];
        float[] states = model.EncodeText(ids, 3, Cancellation);
        int length = states.Length / 3;
        for (int i = 0; i < 3; i++)
        {
            AssertNear(reference.ReadFloat32($"context_{i}"), states.AsSpan(i * length, length), 5e-5, $"context {i}"); // fixture
        }
    }

    [Theory]
    [InlineData(1, true)] // two samples per batch
    [InlineData(1024, false)] // as many as a CPU takes at once, 16 of 40; weights as they lie in the file
    public void Ground_BatchSizeAndWeightLayout_DoNotChangeTheResult(int budget, bool rearrange)
    {
        using Bundle bundle = Bundle.Open(ReferenceBundles.Tuned);
        using GroundingModel model = GroundingModel.Load(bundle, Options with { PrepackWeights = rearrange, FixImageSize = true });
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("e2e/e2e.safetensors"));
        GroundingPipeline grounder = new(model, new GroundingOptions { MemoryBudgetMebibytes = budget, PerToken = true });
        using ImageTrajectory trajectory = grounder.Invert(
            reference.ReadFloat32("image_0"),
            Image,
            reference.ReadFloat32("context_0"),
            cancellationToken: Cancellation
        );
        List<GroundingProgress> reports = [];
        IReadOnlyList<PromptMap> maps = grounder.Ground(
            trajectory,
            [Prompt(reference, 2, 7), Prompt(reference, 1, 3)],
            new Recorder(reports),
            Cancellation
        );
        Assert.Equal(new GroundingProgress(GroundingStage.Attend, 40, 40), reports[^1]);
        Assert.Equal(budget == 1 ? 20 : 3, reports.Count);
        Assert.Equal([7, 3], maps.Select(map => map.TokenHeatmaps.Count));
        for (int prompt = 1; prompt <= 2; prompt++)
        {
            float[] paper = reference.ReadFloat32($"n100_img0_p{prompt}_paper_gauss");
            MapRange.Normalize(paper);
            AssertNear(paper, maps[2 - prompt].Heatmap.Values, 1e-3, $"prompt {prompt}");
        }

        // One token's map is that of a prompt that owns only this token.
        PromptMap single = grounder.Ground(trajectory, [Prompt(reference, 2, 7) with { Positions = [3] }], cancellationToken: Cancellation)[
            0
        ];
        AssertNear(single.Heatmap.Values, maps[0].TokenHeatmaps[2].Values, 1e-4, "token 3"); // batches of another size round differently
    }

    internal static GroundingModelOptions Options => new() { Provider = ExecutionProvider.Cpu, Threads = 2 };

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static PromptContext Prompt(SafetensorsFile reference, int prompt, int tokens) =>
        new(reference.ReadFloat32($"context_{prompt}"), [.. Enumerable.Range(1, tokens)]);

    internal static void AssertNear(
        ReadOnlySpan<float> wanted,
        ReadOnlySpan<float> got,
        double tolerance,
        string what,
        double outlierFraction = 0
    )
    {
        Assert.Equal(wanted.Length, got.Length);
        int outliers = 0;
        double worst = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            double difference = Math.Abs((double)wanted[i] - got[i]);
            if (!(difference <= tolerance))
            {
                outliers++;
            }

            if (!(difference <= worst))
            {
                worst = double.IsNaN(difference) ? double.PositiveInfinity : difference;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: max abs {worst:E2}, {outliers} of {wanted.Length} beyond {tolerance}");
        Assert.True(
            outliers <= outlierFraction * wanted.Length,
            $"{what}: max abs {worst}, {outliers} of {wanted.Length} beyond {tolerance}"
        );
    }

    private sealed class Recorder(List<GroundingProgress> reports) : IProgress<GroundingProgress>
    {
        public void Report(GroundingProgress value) => reports.Add(value);
    }
}
