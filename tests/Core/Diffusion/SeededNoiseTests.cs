using CxrOnnx.Core.Diffusion;
using Xunit;

namespace CxrOnnx.Core.Tests.Diffusion;

[Trait("Category", "quick")]
public class SeededNoiseTests
{
    [Fact]
    public void Fill_ManyNumbers_AreStandardNormal()
    {
        float[] noise = new float[100_001];
        SeededNoise.Fill(1, 409, noise);
        double mean = noise.Average();
        double variance = noise.Average(value => (value - mean) * (value - mean));
        double fourth = noise.Average(value => Math.Pow(value - mean, 4)) / (variance * variance);
        Assert.Equal(0, mean, 0.015);
        Assert.Equal(1, variance, 0.02);
        Assert.Equal(3, fourth, 0.1);
        Assert.Equal(0, noise.Zip(noise.Skip(1), (left, right) => left * right).Average(), 0.015);
    }

    [Fact]
    public void Fill_SameSeedAndStream_GivesTheSameNumbersAndOthersOtherwise()
    {
        float[] first = new float[7];
        float[] longer = new float[10];
        float[] otherStream = new float[7];
        float[] otherSeed = new float[7];
        SeededNoise.Fill(5, 1, first);
        SeededNoise.Fill(5, 1, longer);
        SeededNoise.Fill(5, 2, otherStream);
        SeededNoise.Fill(6, 1, otherSeed);
        Assert.Equal(first, longer[..7]);
        Assert.NotEqual(first, otherStream);
        Assert.NotEqual(first, otherSeed);
    }
}
