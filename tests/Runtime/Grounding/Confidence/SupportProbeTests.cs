using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Grounding.Confidence;

[Trait("Category", "slow")]
public sealed class SupportProbeTests
{
    private static readonly Lazy<GroundingModel> Model = new(() => GroundingModel.Load(Core.Bundles.Bundle.Open(TinyBundle.Folder)));
    private static readonly NoiseProbe Probe = new([150, 420, 800], 3);

    /// <summary>Latents that are wider than high.</summary>
    private static (float[] Latents, int Channels, GridSize Grid) Image()
    {
        GridSize grid = new(8, 16);
        int channels = Model.Value.Configuration.UNet.InChannels;
        float[] latents = new float[channels * grid.CellCount];
        SeededNoise.Fill(11, 0, latents);
        return (latents, channels, grid);
    }

    private static ReadOnlyMemory<float>[] Contexts(params string[] phrases)
    {
        PhraseEncoder encoder = PhraseEncoder.Open(Model.Value.Bundle);
        return [.. phrases.Select(phrase => (ReadOnlyMemory<float>)Model.Value.EncodeText([.. encoder.Encode(phrase).Ids], 1))];
    }

    private static IReadOnlyList<PredictionGain> Measure(int batch, params string[] phrases)
    {
        (float[] latents, int channels, GridSize grid) = Image();
        SupportProbe probe = new(Model.Value, Probe, batch);
        return probe.Measure(
            probe.Prepare(latents, channels, grid, TestContext.Current.CancellationToken),
            Contexts(phrases),
            null,
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>
    /// The definition, evaluation by evaluation: the fall of the training loss, 2 r d - d^2, from the graph's own outputs.
    /// </summary>
    [Fact]
    public void Measure_Gain_IsTheFallOfTheTrainingLoss()
    {
        (float[] latents, int channels, GridSize grid) = Image();
        ReadOnlyMemory<float> context = Contexts("left lower pneumonia")[0];
        double[] expected = new double[grid.CellCount];
        IReadOnlyList<NoisySample> samples = Probe.Draw(Model.Value.Schedule, latents);
        foreach (NoisySample sample in samples)
        {
            float[] target = new float[latents.Length];
            Model.Value.Schedule.Velocity(latents, sample.Noise, sample.Timestep, target);
            float[] Output(ReadOnlyMemory<float> states) =>
                Model
                    .Value.Run(
                        "denoiser",
                        [
                            GraphTensor.Float32("sample", sample.Noisy, 1, channels, grid.Rows, grid.Columns),
                            GraphTensor.Int64("timestep", [sample.Timestep], 1),
                            GraphTensor.Float32("encoder_hidden_states", states.ToArray(), 1, 77, states.Length / 77),
                        ],
                        ["out_sample"],
                        TestContext.Current.CancellationToken
                    )[0]
                    .Floats!;
            (float[] without, float[] with) = (Output(Model.Value.EmptyPromptStates), Output(context));
            for (int i = 0; i < target.Length; i++)
            {
                double Loss(float[] output) => Math.Pow((double)target[i] - output[i], 2);
                expected[i % grid.CellCount] += (Loss(without) - Loss(with)) / (samples.Count * channels);
            }
        }

        PredictionGain gain = Measure(8, "left lower pneumonia")[0];

        // float32 outputs: their difference loses digits where the phrase changes little.
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], (2 * gain.Agreement[i]) - gain.Change[i], 1e-5);
        }

        Assert.Contains(expected, value => Math.Abs(value) > 1e-4);
        Assert.All(gain.Change, value => Assert.True(value >= 0));
    }

    [Fact]
    public void Measure_AnyBatch_GivesTheSame()
    {
        string[] phrases = ["left lower pneumonia", "cardiomegaly", "right pleural effusion"];
        IReadOnlyList<PredictionGain> one = Measure(1, phrases);

        foreach (int batch in (ReadOnlySpan<int>)[4, 5, 64])
        {
            IReadOnlyList<PredictionGain> many = Measure(batch, phrases);
            for (int p = 0; p < phrases.Length; p++)
            {
                Assert.All(one[p].Agreement.Zip(many[p].Agreement), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
            }
        }

        // Alone or beside others, and in another order.
        IReadOnlyList<PredictionGain> turned = Measure(1, [.. phrases.Reverse()]);
        Assert.Equal(one[0].Agreement, turned[2].Agreement);
    }

    [Fact]
    public void Measure_EmptyPrompt_ChangesNothing()
    {
        (float[] latents, int channels, GridSize grid) = Image();
        SupportProbe probe = new(Model.Value, Probe, 1);

        PredictionGain gain = probe.Measure(
            probe.Prepare(latents, channels, grid, TestContext.Current.CancellationToken),
            [Model.Value.EmptyPromptStates],
            null,
            TestContext.Current.CancellationToken
        )[0];

        Assert.All(gain.Agreement.Concat(gain.Change), value => Assert.Equal(0, value));
    }
}
