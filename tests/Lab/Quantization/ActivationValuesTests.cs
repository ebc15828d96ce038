using CxrOnnx.Exporter.Quantization;
using CxrOnnx.Lab.Quantization;
using Xunit;

namespace CxrOnnx.Lab.Tests.Quantization;

[Trait("Category", "quick")]
public sealed class ActivationValuesTests
{
    [Fact]
    public void Range_OfManyValuesAndAnOutlier_DependsOnTheMethod()
    {
        ActivationValues values = new();
        // 2,000 values in [-1, 1) and one far away: few enough to be kept all.
        values.Add([.. Enumerable.Range(0, 2000).Select(i => (i / 1000f) - 1)]);
        values.Add([20]);
        Assert.Equal(new ActivationRange(-1, 20), values.Range(RangeMethod.MinMax));
        ActivationRange squares = values.Range(RangeMethod.Mse);
        // Shrinking costs (20 - end)^2 once and saves rounding error 2,000 times: here the outlier wins, and the range stays wide.
        Assert.InRange(squares.Greatest, 15, 20);
    }

    [Fact]
    public void Range_Percentile_LeavesOutTheOutermostValuesOfBothSides()
    {
        ActivationValues values = new();
        for (int tensor = 0; tensor < 20; tensor++)
        {
            values.Add([.. Enumerable.Range(0, 2000).Select(i => (i / 1000f) - 1)]);
        }

        values.Add([20, -30]);
        ActivationRange range = values.Range(RangeMethod.Percentile);
        Assert.Equal(-1, range.Least, 1e-6f);
        Assert.Equal(0.999f, range.Greatest, 1e-6f);
    }

    [Fact]
    public void Range_Mse_ClipsARareLongTail()
    {
        ActivationValues values = new();
        Random random = new(3);
        // Laplace: the best 8-bit range of so long a tail is well inside of its extremes.
        float[] tail =
        [
            .. Enumerable.Range(0, 2000).Select(_ => (float)(-Math.Log(1 - random.NextDouble()) * (random.Next(2) == 0 ? 1 : -1))),
        ];
        for (int tensor = 0; tensor < 200; tensor++)
        {
            values.Add(tail);
        }

        values.Add([40]);
        Assert.InRange(values.Range(RangeMethod.Mse).Greatest, 15, 39);
    }

    [Theory]
    [InlineData("unet.down_blocks.0.resnets.0.conv1.conv", "unet.down_blocks.0.resnets.0")]
    [InlineData("unet.down_blocks.0.downsampler.op.conv", "unet.down_blocks.0.downsampler")]
    [InlineData("unet.middle_block.attention.proj_in.conv", "unet.middle_block.attention")]
    [InlineData(
        "unet.middle_block.attention.transformer_blocks.0.attn1.to_out.0",
        "unet.middle_block.attention.transformer_blocks.0.attn1"
    )]
    [InlineData("unet.up_blocks.1.attentions.2.transformer_blocks.0.ff.linear2", "unet.up_blocks.1.attentions.2.transformer_blocks.0.ff")]
    public void LayerGroup_OfALayer_IsItsBlock(string layer, string group) => Assert.Equal(group, LayerGroup.Of(layer));
}
