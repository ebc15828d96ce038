using CsCheck;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using Xunit;

namespace CxrOnnx.Core.Tests.Preprocessing;

[Trait("Category", "quick")]
public class BilinearResamplerTests
{
    [Fact]
    public void Resize_TwoByThreeToFourBySix_EqualsHandComputed()
    {
        // Positions along the columns: max(0, (i + 0.5) / 2 - 0.5) = 0, 0.25, 0.75, 1.25, 1.75, 2.25 (the last clamps to column 2).
        float[] source = [0, 4, 8, 100, 104, 108];
        float[] result = new float[24];
        BilinearResampler.Resize(source, new GridSize(2, 3), result, new GridSize(4, 6));
        float[] row = [0, 1, 3, 5, 7, 8];
        Assert.Equal(row, result[..6]);
        Assert.Equal([.. row.Select(value => value + 25)], result[6..12]);
        Assert.Equal([.. row.Select(value => value + 75)], result[12..18]);
        Assert.Equal([.. row.Select(value => value + 100)], result[18..]);
    }

    [Fact]
    public void Resize_Shrinking_DoesNotLowPass()
    {
        // Quarter size: position 1.5 lies between the samples 1 and 2; samples 0 and 3 do not count.
        float[] result = new float[1];
        BilinearResampler.Resize([1000, 2, 4, 1000], new GridSize(1, 4), result, new GridSize(1, 1));
        Assert.Equal(3, result[0]);
    }

    [Fact]
    public void ResizeAndCrop_AnySizes_IsTheCropOfTheWhole() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[0, 1000])
            .Sample(
                (rows, columns, toRows, toColumns, seed) =>
                {
                    Random random = new(seed);
                    GridSize from = new(rows, columns);
                    GridSize to = new(toRows, toColumns);
                    float[] source = [.. Enumerable.Range(0, from.CellCount).Select(_ => random.NextSingle())];
                    float[] whole = new float[to.CellCount];
                    BilinearResampler.Resize(source, from, whole, to);
                    int top = random.Next(toRows);
                    int left = random.Next(toColumns);
                    GridSize crop = new(1 + random.Next(toRows - top), 1 + random.Next(toColumns - left));
                    float[] part = new float[crop.CellCount];
                    BilinearResampler.ResizeAndCrop(source, from, to, part, crop, top, left);
                    for (int y = 0; y < crop.Rows; y++)
                    {
                        for (int x = 0; x < crop.Columns; x++)
                        {
                            Assert.Equal(whole[((top + y) * toColumns) + left + x], part[(y * crop.Columns) + x]);
                        }
                    }

                    // Interpolation never leaves the range of the values.
                    Assert.InRange(whole.Max(), source.Min() - 1e-6f, source.Max() + 1e-6f);
                },
                iter: 300
            );

    [Fact]
    public void ResizeAndCrop_PartOutside_Throws() =>
        Assert.Throws<ArgumentException>(() =>
            BilinearResampler.ResizeAndCrop(new float[4], new GridSize(2, 2), new GridSize(4, 4), new float[4], new GridSize(2, 2), 3, 0)
        );

    [Fact]
    public void Resize_WrongLength_Throws() =>
        Assert.Throws<ArgumentException>(() =>
            BilinearResampler.Resize(new float[5], new GridSize(2, 3), new float[6], new GridSize(2, 3))
        );
}
