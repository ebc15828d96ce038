using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Trajectory;

/// <summary>
/// The way of a GPU (bound memory, two buffers in turns, step counter, tables, keys and values given) in the memory of the host, against
/// the plain graphs.
/// </summary>
[Trait("Category", "slow")]
public sealed class DeviceWalkTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly GroundingModel _plain = GroundingModel.Load(
        Core.Bundles.Bundle.Open(TinyModelBundle.Bundle),
        new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Threads = 1 }
    );

    public void Dispose() => _plain.Dispose();

    [Theory]
    [InlineData(MathPrecision.Fp32, "exact")]
    [InlineData(MathPrecision.Fp16, "exact")]
    [InlineData(MathPrecision.Fp16, "fast")]
    [InlineData(MathPrecision.Fp16, "turbo")]
    public void Invert_NonSquareImage_GivesTheLatentsOfThePlainGraphs(MathPrecision math, string preset)
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, math);
        Assert.NotNull(model.GraphSet);
        GridSize size = new(32, 48);
        using ImageTrajectory want = Invert(_plain, preset, size, 1);
        using ImageTrajectory got = Invert(model, preset, size, 1);
        AssertSame(want, got);
        Assert.Equal(_plain.DenoiserEvaluations, model.DenoiserEvaluations);
    }

    [Fact]
    public void Invert_Again_GivesTheSameBytesWhateverWasInvertedBetween()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        GridSize size = new(32, 48);
        using ImageTrajectory first = Invert(model, "exact", size, 1);
        // Another plan in the same tables, another image, another size and another empty prompt.
        using ImageTrajectory fast = Invert(model, "fast", size, 2);
        using ImageTrajectory square = Invert(model, "exact", GridSize.Square(32), 3);
        using ImageTrajectory prompted = Invert(model, "exact", size, 1, prompt: 7);
        using ImageTrajectory again = Invert(model, "exact", size, 1);
        Assert.Equal(first.Sha256, again.Sha256);
        Assert.NotEqual(first.Sha256, prompted.Sha256);
        using ImageTrajectory want = Invert(_plain, "exact", size, 1, prompt: 7);
        AssertSame(want, prompted);
    }

    /// <summary>A second pipeline must not replay what the first one recorded on its own buffers, as it once did on a GPU.</summary>
    [Fact]
    public void Invert_OtherPipelinesOfTheModel_ShareOneStateAndGiveTheLatentsOfThePlainGraphs()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        GridSize size = new(32, 48);
        foreach (string preset in (string[])["exact", "fast", "exact"])
        {
            using ImageTrajectory want = Invert(_plain, preset, size, 1);
            using ImageTrajectory got = Invert(model, preset, size, 1);
            AssertSame(want, got);
        }

        Assert.Equal(1, model.Conditioned!.Run(() => model.Conditioned.KeptOf<DeviceState>().Count));
    }

    /// <summary>What happens where a provider fails while it records, without a provider that does.</summary>
    [Fact]
    public void Invert_AfterRecordingWasGivenUp_GivesTheLatentsOfThePlainGraphs()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        ConditionedUNet unet = model.Conditioned!;
        GridSize size = new(32, 48);
        foreach (bool givenUp in (bool[])[false, true, true])
        {
            if (givenUp)
            {
                unet.Run(() =>
                {
                    unet.StopRecording(Core.Bundles.BundleLayout.Step, "no room");
                    return true;
                });
            }

            foreach (string preset in (string[])["exact", "fast"])
            {
                using ImageTrajectory want = Invert(_plain, preset, size, 1);
                using ImageTrajectory got = Invert(model, preset, size, 1);
                AssertSame(want, got);
            }

            Assert.Equal(!givenUp, unet.Run(() => unet.Session(Core.Bundles.BundleLayout.Step).Records));
            Assert.Equal(givenUp ? "no room" : null, model.UnrecordedGraphs.GetValueOrDefault(Core.Bundles.BundleLayout.Step));
        }

        using ImageTrajectory wantSquare = Invert(_plain, "fast", GridSize.Square(32), 2);
        using ImageTrajectory square = Invert(model, "fast", GridSize.Square(32), 2);
        AssertSame(wantSquare, square);
    }

    [Fact]
    public void BoundGraph_RecordingWithATakenNumber_IsRefused()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        ConditionedUNet unet = model.Conditioned!;
        GraphSession session = unet.Session(Core.Bundles.BundleLayout.Step);
        int number = unet.NextRecording();
        using BoundGraph first = new(session, number);
        Assert.Throws<InvalidOperationException>(() => new BoundGraph(session, number));
        using BoundGraph second = new(session, unet.NextRecording());
        using BoundGraph never = new(session);
        using BoundGraph neverAgain = new(session);
    }

    /// <summary>The same buffers serve grounding after grounding: presets, images, numbers of phrases and phrases in turns.</summary>
    [Fact]
    public void Ground_AgainAndAgain_GivesTheMapsOfThePlainGraphs()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        GridSize size = new(48, 32);
        for (int round = 0; round < 4; round++)
        {
            foreach (string preset in (string[])["exact", "fast", "turbo"])
            {
                for (int count = 1; count <= 2; count++)
                {
                    PromptContext[] prompts =
                    [
                        .. Enumerable.Range(0, count).Select(i => new PromptContext(States(9 + i + round), [1, 2 + i])),
                    ];
                    IReadOnlyList<PromptMap> want = Ground(_plain, size, prompts, false, preset, round);
                    IReadOnlyList<PromptMap> got = Ground(model, size, prompts, false, preset, round);
                    for (int i = 0; i < count; i++)
                    {
                        AssertSame([.. want[i].Heatmap.Values], [.. got[i].Heatmap.Values], 1e-4);
                    }
                }
            }
        }

        // Exact: 20 steps; fast and turbo: 4. One phrase, or two.
        Assert.Equal(4, model.Conditioned!.Run(() => model.Conditioned.KeptOf<DeviceAttentionValues>().Count));
    }

    /// <summary>What happens where a provider fails while it records, without a provider that does.</summary>
    [Fact]
    public void Ground_AfterRecordingWasGivenUp_GivesTheMapsOfThePlainGraphs()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        ConditionedUNet unet = model.Conditioned!;
        GridSize size = GridSize.Square(32);
        for (int round = 0; round < 8; round++)
        {
            PromptContext[] prompts = [new(States(30 + round), [1, 2])];
            IReadOnlyList<PromptMap> want = Ground(_plain, size, prompts, false, "turbo");
            IReadOnlyList<PromptMap> got = Ground(model, size, prompts, false, "turbo");
            AssertSame([.. want[0].Heatmap.Values], [.. got[0].Heatmap.Values], 1e-4);
            if (round == 3)
            {
                Assert.True(unet.Run(() => unet.Session(Core.Bundles.BundleLayout.Attention).Records));
                unet.Run(() =>
                {
                    unet.StopRecording(Core.Bundles.BundleLayout.Attention, "no room");
                    return true;
                });
            }
        }

        Assert.False(unet.Run(() => unet.Session(Core.Bundles.BundleLayout.Attention).Records));
    }

    [Fact]
    public void Ground_MoreNumbersOfPhrasesThanAreKept_GivesTheMapsOfThePlainGraphs()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        GridSize size = GridSize.Square(32);
        for (int count = 1; count <= 18; count++)
        {
            PromptContext[] prompts = [.. Enumerable.Range(0, count).Select(i => new PromptContext(States(20 + i), [1 + i]))];
            IReadOnlyList<PromptMap> want = Ground(_plain, size, prompts, false, "turbo");
            IReadOnlyList<PromptMap> got = Ground(model, size, prompts, false, "turbo");
            AssertSame([.. want[^1].Heatmap.Values], [.. got[^1].Heatmap.Values], 1e-4);
        }

        Assert.Equal(16, model.Conditioned!.Run(() => model.Conditioned.KeptOf<DeviceAttentionValues>().Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Invert_SeveralImages_GivesThoseOfOneByOne(bool set)
    {
        using GroundingModel? conditioned = set ? SetBundle.Load(SetBundle.Single, MathPrecision.Fp16) : null;
        GroundingModel model = conditioned ?? _plain;
        GroundingPipeline pipeline = new(model, new GroundingOptions { Preset = "exact" });
        Core.Preprocessing.GrayImage[] images =
        [
            .. Enumerable.Range(0, 3).Select(i => new Core.Preprocessing.GrayImage(40 + i, 50, Image(new GridSize(50, 40 + i), i))),
        ];
        IReadOnlyList<ImageTrajectory> together = pipeline.Invert(images, null, TestContext.Current.CancellationToken);
        Assert.Equal(3, together.Count);
        for (int i = 0; i < images.Length; i++)
        {
            using ImageTrajectory alone = pipeline.Invert(images[i], null, TestContext.Current.CancellationToken);
            AssertSame(alone, together[i]);
            Assert.Equal(alone.Transform!.Original, together[i].Transform!.Original);
        }

        Assert.NotEqual(together[0].Sha256, together[1].Sha256);
        // Three together, then one after the other.
        Assert.Equal(2 * 3 * together[0].Evaluations, model.DenoiserEvaluations);
    }

    [Fact]
    public void Invert_NoImages_IsRefused()
    {
        GroundingPipeline pipeline = new(_plain);
        Assert.Throws<Core.InputException>(() => pipeline.Invert([], null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Invert_Cancelled_StopsAndTheNextOneIsRight()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        using CancellationTokenSource source = new();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new GroundingPipeline(model).Invert(
                Image(GridSize.Square(32), 1),
                GridSize.Square(32),
                States(3),
                new CancelAtStep(source, 2),
                source.Token
            )
        );
        using ImageTrajectory want = Invert(_plain, "exact", GridSize.Square(32), 1);
        using ImageTrajectory got = Invert(model, "exact", GridSize.Square(32), 1);
        AssertSame(want, got);
    }

    [Theory]
    [InlineData(MathPrecision.Fp32, false)]
    [InlineData(MathPrecision.Fp16, false)]
    [InlineData(MathPrecision.Fp16, true)]
    public void Ground_SeveralPrompts_GivesTheMapsOfThePlainGraphs(MathPrecision math, bool perToken)
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Single, math);
        GridSize size = new(48, 32);
        PromptContext[] prompts = [new(States(4), [1, 2, 5]), new(States(5), [3]), new(States(6), [1, 2, 3, 4])];
        IReadOnlyList<PromptMap> want = Ground(_plain, size, prompts, perToken);
        IReadOnlyList<PromptMap> got = Ground(model, size, prompts, perToken);
        for (int i = 0; i < prompts.Length; i++)
        {
            AssertSame(want[i].Heatmap.Values.ToArray(), got[i].Heatmap.Values.ToArray(), 1e-4);
            Assert.Equal(want[i].Focus, got[i].Focus, 1e-4);
            Assert.Equal(want[i].ConstantMapCount, got[i].ConstantMapCount);
            Assert.Equal(perToken ? prompts[i].Positions.Count : 0, got[i].TokenHeatmaps.Count);
            for (int token = 0; token < got[i].TokenHeatmaps.Count; token++)
            {
                AssertSame(want[i].TokenHeatmaps[token].Values.ToArray(), got[i].TokenHeatmaps[token].Values.ToArray(), 1e-4);
            }
        }

        Assert.Equal((_plain.AttentionEvaluations, _plain.AttentionSamples), (model.AttentionEvaluations, model.AttentionSamples));
    }

    [Fact]
    public void Ground_HalfPrecision_StaysNearSinglePrecision()
    {
        using GroundingModel model = SetBundle.Load(SetBundle.Half, MathPrecision.Fp16);
        GridSize size = GridSize.Square(32);
        PromptContext[] prompts = [new(States(4), [1, 2, 5])];
        float[] want = [.. Ground(_plain, size, prompts, false)[0].Heatmap.Values];
        float[] got = [.. Ground(model, size, prompts, false)[0].Heatmap.Values];
        double worst = want.Zip(got, (a, b) => (double)Math.Abs(a - b)).Max();
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"max abs {worst:E2}"));
        Assert.InRange(worst, 1e-9, model.GraphSet!.Tolerances["heatmap"]);
    }

    private static ImageTrajectory Invert(GroundingModel model, string preset, GridSize size, int seed, int prompt = 3) =>
        new GroundingPipeline(model, new GroundingOptions { Preset = preset }).Invert(
            Image(size, seed),
            size,
            States(prompt),
            null,
            TestContext.Current.CancellationToken
        );

    private static IReadOnlyList<PromptMap> Ground(
        GroundingModel model,
        GridSize size,
        PromptContext[] prompts,
        bool perToken,
        string preset = "exact",
        int seed = 1
    )
    {
        GroundingPipeline pipeline = new(model, new GroundingOptions { PerToken = perToken, Preset = preset });
        using ImageTrajectory trajectory = pipeline.Invert(Image(size, seed), size, States(3), null, TestContext.Current.CancellationToken);
        return pipeline.Ground(trajectory, prompts, null, TestContext.Current.CancellationToken);
    }

    private static void AssertSame(ImageTrajectory want, ImageTrajectory got)
    {
        Assert.Equal(want.Plan.Steps, got.Plan.Steps);
        foreach (int step in want.Plan.Steps)
        {
            AssertSame(want.Latents(step).ToArray(), got.Latents(step).ToArray(), Tolerance);
        }

        AssertSame(want.CleanLatents.ToArray(), got.CleanLatents.ToArray(), Tolerance);
    }

    private static void AssertSame(float[] want, float[] got, double tolerance)
    {
        Assert.Equal(want.Length, got.Length);
        double worst = want.Zip(got, (a, b) => (double)Math.Abs(a - b)).Max();
        Assert.True(worst <= tolerance, FormattableString.Invariant($"differs by {worst:E2}, allowed {tolerance:E0}"));
    }

    private static float[] Image(GridSize size, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, size.CellCount).Select(_ => (float)random.NextDouble())];
    }

    private static float[] States(int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, 77 * 16).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    private sealed class CancelAtStep(CancellationTokenSource source, int step) : IProgress<GroundingProgress>
    {
        public void Report(GroundingProgress value)
        {
            if (value is { Stage: GroundingStage.Invert } && value.Done == step)
            {
                source.Cancel();
            }
        }
    }
}
