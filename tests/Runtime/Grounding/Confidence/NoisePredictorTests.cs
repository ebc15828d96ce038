using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Sessions;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Confidence;

[Trait("Category", "slow")]
public sealed class NoisePredictorTests
{
    /// <summary>Pairs whose prompts and time steps repeat in another rhythm than the batches; the last batch is filled up.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(64)]
    public void Predict_GraphSet_GivesThePredictionsOfThePlainGraphs(int batch)
    {
        using GroundingModel plain = GroundingModel.Load(
            Core.Bundles.Bundle.Open(TinyModelBundle.Bundle),
            new GroundingModelOptions { Provider = ExecutionProvider.Cpu, Threads = 1 }
        );
        using GroundingModel set = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        GridSize grid = new(8, 16);
        float[] latents = new float[3 * grid.CellCount];
        SeededNoise.Fill(11, 0, latents);
        IReadOnlyList<NoisySample> samples = new NoiseProbe([150, 420, 800], 1).Draw(plain.Schedule, latents);
        ReadOnlyMemory<float>[] contexts = [States(1), States(2)];
        (NoisySample, ReadOnlyMemory<float>)[] items =
        [
            .. contexts.SelectMany(context => samples.Select(sample => (sample, context))),
            (samples[2], contexts[0]),
        ];
        float[][] want = Predict(plain, items, grid, batch);
        float[][] got = Predict(set, items, grid, batch);
        for (int i = 0; i < items.Length; i++)
        {
            double worst = want[i].Zip(got[i], (a, b) => (double)Math.Abs(a - b)).Max();
            Assert.True(worst < 1e-5, FormattableString.Invariant($"pair {i} differs by {worst:E2}"));
        }

        Assert.Equal((items.Length, 0L), (set.NoiseEvaluations, set.DenoiserEvaluations));
    }

    /// <summary>What the way over the memory of the provider is for: only numbers of prompts go up with an evaluation.</summary>
    [Fact]
    public void Measure_GraphSet_SendsEachNoisedImageUpOnceForAllPhrases()
    {
        using GroundingModel set = SetBundle.Load(SetBundle.Single, MathPrecision.Fp16);
        GridSize grid = new(8, 16);
        int size = 3 * grid.CellCount;
        float[] latents = new float[size];
        SeededNoise.Fill(11, 0, latents);
        SupportProbe probe = new(set, new NoiseProbe([150, 420, 800], 1), batch: 3);
        ProbedImage image = probe.Prepare(latents, 3, grid, TestContext.Current.CancellationToken);
        (long Up, long Down) before = Moved(set);
        ReadOnlyMemory<float>[] contexts = [States(1), States(2), States(3), States(4)];
        IReadOnlyList<PredictionGain> gains = probe.Measure(image, contexts, null, TestContext.Current.CancellationToken);
        (long Up, long Down) after = Moved(set);
        int evaluations = contexts.Length * probe.Samples;
        // Six images with the number of their time step, three time steps, four prompts' states; then a number per evaluation.
        Assert.Equal((probe.Samples * ((4 * size) + 8)) + (3 * 8) + (4 * 77 * 16 * 4) + (evaluations * 8), after.Up - before.Up);
        Assert.Equal(4L * evaluations * size, after.Down - before.Down);
        Assert.Equal(4, gains.Count);
    }

    private static (long Up, long Down) Moved(GroundingModel model) =>
        model.Conditioned!.Run(() => (model.Conditioned.Memory.BytesUp, model.Conditioned.Memory.BytesDown));

    private static float[][] Predict(GroundingModel model, (NoisySample, ReadOnlyMemory<float>)[] items, GridSize grid, int batch)
    {
        float[][] outputs = new float[items.Length][];
        new NoisePredictor(model, batch).Predict(
            items,
            3,
            grid,
            (i, output) => outputs[i] = output.ToArray(),
            TestContext.Current.CancellationToken
        );
        return outputs;
    }

    private static ReadOnlyMemory<float> States(int seed)
    {
        Random random = new(seed);
        return new([.. Enumerable.Range(0, 77 * 16).Select(_ => (float)((2 * random.NextDouble()) - 1))]);
    }
}
