using CsCheck;
using CxrOnnx.Exporter.Quantization;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Quantization;

[Trait("Category", "quick")]
public class RowQuantizerTests
{
    [Fact]
    public void Scales_PerRow_MakeTheLargestWeightTheLimit()
    {
        float[] scales = new float[3];
        RowQuantizer.Scales([1, -6.3f, 0, 0, 0.63f, 0.1f], [], 0.1f, scales);
        Assert.Equal(0.1f, scales[0], 1e-7f);
        Assert.Equal(1, scales[1]); // a row of zeros
        Assert.Equal(0.01f, scales[2], 1e-8f);
        Assert.Equal((10, -63), (RowQuantizer.Weight(1, scales[0]), RowQuantizer.Weight(-6.3f, scales[0])));
    }

    [Fact]
    public void Scales_LargeBiasBesideSmallWeights_KeepsTheBiasInRange()
    {
        float[] scales = new float[1];
        RowQuantizer.Scales([1e-9f, -1e-9f], [5], 0.01f, scales);
        int bias = RowQuantizer.Bias(5, scales[0] * 0.01f);
        Assert.InRange(bias, 1 << 29, (1 << 30) + 128);
        Assert.Equal(5, bias * (double)(scales[0] * 0.01f), 1e-6);
    }

    [Fact]
    public void Weight_AnyRow_StaysWithinSevenBitsAndHalfAStep() =>
        Gen.Float[-1e3f, 1e3f]
            .Array[1, 40]
            .Sample(row =>
            {
                float[] scales = new float[1];
                RowQuantizer.Scales(row, [], 0.1f, scales);
                foreach (float value in row)
                {
                    sbyte quantized = RowQuantizer.Weight(value, scales[0]);
                    Assert.InRange(quantized, -RowQuantizer.Limit, RowQuantizer.Limit);
                    // Half a step, and the rounding of single precision.
                    Assert.InRange(Math.Abs((quantized * (double)scales[0]) - value), 0, (0.5 + 1e-4) * scales[0]);
                }
            });

    [Theory]
    [InlineData(-1, 3, 64)] // 255 / 4
    [InlineData(2, 4, 0)] // widened to hold 0
    [InlineData(-4, -2, 255)]
    [InlineData(0, 0, 0)]
    public void ActivationRange_HoldsZeroExactly(float least, float greatest, int zeroPoint)
    {
        ActivationRange range = new(least, greatest);
        Assert.Equal(zeroPoint, range.ZeroPoint);
        Assert.True(range.Scale > 0);
        // Both ends are reached within half a step.
        Assert.InRange(
            (0 - range.ZeroPoint) * range.Scale,
            Math.Min(least, 0) - (0.51f * range.Scale),
            Math.Min(least, 0) + (0.51f * range.Scale)
        );
        Assert.InRange(
            (255 - range.ZeroPoint) * range.Scale,
            Math.Max(greatest, 0) - (0.51f * range.Scale),
            Math.Max(greatest, 0) + (0.51f * range.Scale) + 1e-7f
        );
    }
}
