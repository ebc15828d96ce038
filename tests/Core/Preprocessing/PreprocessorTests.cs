using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Preprocessing;

[Trait("Category", "quick")]
public class PreprocessorTests
{
    [Theory]
    [InlineData("image0_300x217", 134963.71342448436, 80429.09498044447)]
    [InlineData("image2_530x640", 138258.8853202425, 83988.2217689381)]
    public void ToModelInput_ReferenceImages_EqualsReference(string name, double sum, double sumOfSquares)
    {
        GrayImage image = GrayPng.Read(Fixtures.Path($"preprocess/{name}.png"));
        using SafetensorsFile reference = SafetensorsFile.Open(Fixtures.Path("preprocess/io.safetensors"));
        string key = name.Split('_')[0];

        float[] input = Preprocessor.ToModelInput(image, 512);

        float[] everyFourth = reference.ReadFloat32($"{key}_every4");
        float[] row = reference.ReadFloat32($"{key}_row200");
        float[] column = reference.ReadFloat32($"{key}_col301");
        double worst = 0;
        for (int y = 0; y < 128; y++)
        {
            for (int x = 0; x < 128; x++)
            {
                worst = Math.Max(worst, Math.Abs(input[(y * 4 * 512) + (x * 4)] - everyFourth[(y * 128) + x]));
            }
        }

        for (int i = 0; i < 512; i++)
        {
            worst = Math.Max(worst, Math.Abs(input[(200 * 512) + i] - row[i]));
            worst = Math.Max(worst, Math.Abs(input[(i * 512) + 301] - column[i]));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: max abs {worst:E2}");
        Assert.True(worst <= 1e-5, $"max abs {worst}"); // tolerance of the fixture
        // 262,144 values, each off by far less than 1e-6 on average.
        Assert.Equal(sum, input.Sum(value => (double)value), 0.01);
        Assert.Equal(sumOfSquares, input.Sum(value => (double)value * value), 0.01);
    }

    [Fact]
    public void ToModelInput_SquareOfTheModelsSize_IsTheImage()
    {
        float[] pixels = [.. Enumerable.Range(0, 49).Select(i => i / 48f)];
        Assert.Equal(pixels, Preprocessor.ToModelInput(new GrayImage(7, 7, pixels), 7));
    }

    [Theory]
    [InlineData(8, 4, new[] { 2f, 3, 4, 5 })] // wide: columns 2..5 stay
    [InlineData(4, 8, new[] { 0f, 1, 2, 3 })] // tall: all columns stay
    [InlineData(7, 4, new[] { 1f, 2, 3, 4 })] // (7 - 4) / 2 = 1.5 -> 1
    [InlineData(5, 4, new[] { 0f, 1, 2, 3 })] // 0.5 -> 0
    public void ToModelInput_NoResize_CropsTheCentre(int width, int height, float[] firstRow)
    {
        float[] pixels = new float[width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = i % width;
        }

        Assert.Equal(firstRow, Preprocessor.ToModelInput(new GrayImage(width, height, pixels), 4)[..4]);
    }

    [Fact]
    public void ToModelInput_OnePixel_FillsTheSquare() =>
        Assert.All(Preprocessor.ToModelInput(new GrayImage(1, 1, [0.25f]), 8), value => Assert.Equal(0.25f, value));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void ToModelInput_NotFinite_Throws(float bad)
    {
        InputException error = Assert.Throws<InputException>(() => Preprocessor.ToModelInput(new GrayImage(2, 3, [0, 0, bad, 0, 0, 0]), 2));
        Assert.Contains("not a finite number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToModelInput_TransformOfAnotherImage_Throws() =>
        Assert.Throws<ArgumentException>(() =>
            Preprocessor.ToModelInput(new GrayImage(2, 3, new float[6]), new ImageTransform(new ImageSize(3, 2), 4))
        );

    [Fact]
    public void GrayImage_WrongPixelCount_Throws()
    {
        InputException error = Assert.Throws<InputException>(() => new GrayImage(4, 3, new float[11]));
        Assert.Equal("image of 4x3 pixels: got 11 values, wanted 12", error.Message);
    }
}
