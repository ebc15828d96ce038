using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Tests.Diffusion;
using Xunit;

namespace CxrOnnx.Core.Tests.Confidence;

[Trait("Category", "quick")]
public sealed class NoiseProbeTests
{
    private static readonly NoiseSchedule Schedule = new(NoiseScheduleTests.Published);

    [Fact]
    public void Spread_Pairs_LieInTheMiddleOfEqualParts()
    {
        Assert.Equal([290, 470], NoiseProbe.Spread(2, 200, 560, 1).Timesteps);
        Assert.Equal([380], NoiseProbe.Spread(1, 200, 560, 1).Timesteps);
        Assert.Equal([0, 333, 666], NoiseProbe.Spread(3, -166, 833, 1).Timesteps.Select(step => Math.Max(step, 0)));
    }

    [Fact]
    public void Draw_Pairs_CancelOut()
    {
        float[] clean = [.. Enumerable.Range(0, 24).Select(i => (i - 12) / 10f)];

        IReadOnlyList<NoisySample> samples = new NoiseProbe([100, 700], 5).Draw(Schedule, clean);

        Assert.Equal([100, 100, 700, 700], samples.Select(sample => sample.Timestep));
        Assert.Equal(new NoiseProbe([100, 700], 5).Samples, samples.Count);
        for (int pair = 0; pair < 2; pair++)
        {
            (NoisySample first, NoisySample second) = (samples[2 * pair], samples[(2 * pair) + 1]);
            Assert.All(first.Noise.Zip(second.Noise), noise => Assert.Equal(0, noise.First + noise.Second));
            double scale = Math.Sqrt(Schedule.AlphaBar(first.Timestep));
            Assert.All(
                clean.Index(),
                item => Assert.Equal(scale * item.Item, (first.Noisy[item.Index] + second.Noisy[item.Index]) / 2, 1e-5)
            );
        }

        Assert.NotEqual(samples[0].Noise, samples[2].Noise);
    }

    [Fact]
    public void Draw_Seed_DecidesTheNoise()
    {
        float[] First(long seed) => new NoiseProbe([100], seed).Draw(Schedule, new float[10])[0].Noise;

        Assert.Equal(First(1), First(1));
        Assert.NotEqual(First(1), First(2));
    }

    [Fact]
    public void Draw_TimestepBeyondTheSchedule_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new NoiseProbe([1000], 1).Draw(Schedule, new float[4]));
}
