using CsCheck;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Geometry;

[Trait("Category", "quick")]
public class ImageTransformTests
{
    [Theory]
    [InlineData(300, 217, 512, 707, 512, 97, 0, 41, 0)] // floor(512 * 300 / 217) = 707; (707 - 512) / 2 = 97.5 -> 97
    [InlineData(260, 301, 512, 512, 592, 0, 40, 0, 20)] // (301 - 260) / 2 = 20.5 -> 20 on the top, 21 below
    [InlineData(5, 5, 8, 8, 8, 0, 0, 0, 0)]
    [InlineData(1, 1, 8, 8, 8, 0, 0, 0, 0)]
    public void Constructor_Size_GivesReferenceGeometry(
        int width,
        int height,
        int model,
        int resizedWidth,
        int resizedHeight,
        int cropLeft,
        int cropTop,
        int marginLeft,
        int marginTop
    )
    {
        ImageTransform transform = new(new ImageSize(width, height), model);
        Assert.Equal(new ImageSize(resizedWidth, resizedHeight), transform.Resized);
        Assert.Equal((cropLeft, cropTop), (transform.CropLeft, transform.CropTop));
        Assert.Equal((marginLeft, marginTop), (transform.MarginLeft, transform.MarginTop));
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, -1)]
    public void Constructor_SizeNotPositive_Throws(int width, int height) =>
        Assert.Throws<InputException>(() => new ImageTransform(new ImageSize(width, height), 8));

    [Fact]
    public void Constructor_OnePixelWideStrip_Throws()
    {
        InputException error = Assert.Throws<InputException>(() => new ImageTransform(new ImageSize(1, 5000), 512));
        Assert.Contains("1x5000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToOriginal_WideImage_PadsFloorLeftAndCeilingRight()
    {
        // 5 x 2 pixels: 3 columns of margin, 1 on the left and 2 on the right. The 4 x 4 map is read at rows and columns 0 and 2.
        ImageTransform transform = new(new ImageSize(5, 2), 4);
        float[] map = [.. Enumerable.Range(0, 16).Select(i => (float)i)];
        const float n = float.NaN;
        Assert.Equal([n, 0, 2, n, n, n, 8, 10, n, n], transform.ToOriginal(map));
    }

    [Fact]
    public void ToOriginal_TallImage_PadsFloorTopAndCeilingBottom()
    {
        ImageTransform transform = new(new ImageSize(2, 5), 4);
        float[] map = [.. Enumerable.Range(0, 16).Select(i => (float)i)];
        const float n = float.NaN;
        Assert.Equal([n, n, 0, 2, 8, 10, n, n, n, n], transform.ToOriginal(map));
    }

    [Fact]
    public void ToOriginal_Enlarging_RepeatsNearest()
    {
        ImageTransform transform = new(new ImageSize(3, 3), 2); // source index floor(i * 2 / 3) = 0, 0, 1
        Assert.Equal([0, 0, 1, 0, 0, 1, 2, 2, 3], transform.ToOriginal([0f, 1, 2, 3]));
    }

    [Theory]
    [InlineData("0_b1", 157, 211)]
    [InlineData("1_b1", 230, 181)]
    public void ToOriginal_ReferenceMaps_EqualsReference(string name, int width, int height)
    {
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("metrics/maps.safetensors"));
        int model = (int)reference.Tensors[$"hm_{name}"].Shape[0];
        // Nearest neighbour copies values: exact, NaN included.
        Assert.Equal(
            reference.ReadFloat32($"padded_{name}"),
            new ImageTransform(new ImageSize(width, height), model).ToOriginal(reference.ReadFloat32($"hm_{name}"))
        );
    }

    [Fact]
    public void ToOriginal_MapOfAnotherSize_Throws() =>
        Assert.Throws<ArgumentException>(() => new ImageTransform(new ImageSize(3, 2), 4).ToOriginal(new float[15]));

    [Fact]
    public void Boxes_ThereAndBack_AreTheSame() =>
        Gen.Select(Gen.Int[1, 4000], Gen.Int[1, 4000], Gen.Int[1, 700], Gen.Double[-50, 4000], Gen.Double[-50, 4000], Gen.Double[0, 900])
            .Sample(
                (width, height, model, x, y, side) =>
                {
                    ImageTransform transform = new(new ImageSize(width + 400, height + 400), model);
                    PixelBox box = new(x, y, side, side / 2);
                    PixelBox back = transform.ToOriginal(transform.ToModel(box));
                    // Two roundings in double precision of numbers below 1e7.
                    Assert.Equal(box.X, back.X, 1e-6);
                    Assert.Equal(box.Y, back.Y, 1e-6);
                    Assert.Equal(box.Width, back.Width, 1e-6);
                    Assert.Equal(box.Height, back.Height, 1e-6);
                },
                iter: 500
            );

    [Fact]
    public void ToModel_FieldOfView_IsTheWholeSquare()
    {
        ImageTransform transform = new(new ImageSize(300, 217), 512);
        Assert.Equal(new PixelBox(41, 0, 217, 217), transform.FieldOfView);
        ModelBox whole = transform.ToModel(transform.FieldOfView);
        Assert.Equal((0, 0), (whole.X, whole.Y));
        Assert.Equal(512, whole.Right, 1e-9);
        Assert.Equal(512, whole.Bottom, 1e-9);
    }

    [Fact]
    public void ToOriginal_Map_AgreesWithTheBoxesGeometry() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 60], Gen.Int[1, 40])
            .Sample(
                (width, height, model) =>
                {
                    ImageTransform transform = new(new ImageSize(width, height), model);
                    float[] columns = [.. Enumerable.Range(0, model * model).Select(i => (float)(i % model))];
                    float[] rows = [.. Enumerable.Range(0, model * model).Select(i => (float)(i / model))];
                    float[] x = transform.ToOriginal(columns);
                    float[] y = transform.ToOriginal(rows);
                    for (int i = 0; i < x.Length; i++)
                    {
                        (int row, int column) = Math.DivRem(i, width);
                        ModelBox pixel = transform.ToModel(new PixelBox(column, row, 1, 1));
                        bool inside = pixel.X > -1e-9 && pixel.Y > -1e-9 && pixel.Right < model + 1e-9 && pixel.Bottom < model + 1e-9;
                        Assert.Equal(inside, !float.IsNaN(x[i]));
                        // Nearest takes the cell that holds the pixel's left edge; single precision may fall to the neighbour at an exact
                        // multiple.
                        if (inside)
                        {
                            Assert.InRange(x[i] - pixel.X, -1.001, 0.001);
                        }

                        if (inside)
                        {
                            Assert.InRange(y[i] - pixel.Y, -1.001, 0.001);
                        }
                    }
                },
                iter: 200
            );
}
