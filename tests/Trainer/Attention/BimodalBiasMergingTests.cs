using CxrOnnx.Trainer.Attention;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Attention;

[Trait("Category", "quick")]
public sealed class BimodalBiasMergingTests
{
    [Fact]
    public void Merge_EqualBiases_IsTheProductOfBothAsMatrices()
    {
        float[] activation = [5, 1, 2, 3];
        float[] bias = [0, 1, 2, 4];

        // [0 1; 2 4] squared is [2 4; 8 18]; min-max gives 0, 1/8, 3/8, 1. Equal maps have a similarity of 1.
        float[] merged = BimodalBiasMerging.Merge([activation], [bias], [bias], 2);

        Assert.Equal([0, 0.125f, 0.375f, 1], merged);
    }

    [Fact]
    public void Merge_OppositeBiases_IsTheActivation()
    {
        float[] image = [0, 1, 2, 3];
        float[] text = [3, 2, 1, 0];

        float[] merged = BimodalBiasMerging.Merge(
            [
                [2, 4, 6, 10],
                [2, 4, 6, 10],
            ],
            [image, image],
            [text, text],
            2
        );

        Assert.Equal([0, 0.25f, 0.5f, 1], merged);
    }

    [Fact]
    public void Merge_HalfAlike_WeighsActivationProductAndBoth()
    {
        float[] activation = [0, 1, 2, 4];
        float[] image = [0, 1, 2, 4];
        float[] text = [0, 2, 1, 4];
        double s = BimodalBiasMerging.Similarity([0, 63, 127, 255], [0, 127, 63, 255], 2);

        // Image times text is [0 1; 2 4] [0 2; 1 4] = [1 4; 4 20]: min-max 0, 3/19, 3/19, 1.
        float[] merged = BimodalBiasMerging.Merge([activation], [image], [text], 2);

        Assert.InRange(s, 0.1, 0.95);
        double expected = ((1 - s) * (1 - s) * 0.25) + (s * s * 3 / 19) + (s * (1 - s) * (0.25 + (3.0 / 19) + (0.25 * 3 / 19)));
        Assert.Equal(expected, merged[1], 1e-6);
        Assert.Equal(((1 - s) * (1 - s)) + (s * s) + (s * (1 - s) * 3), merged[3], 1e-6);
    }

    [Fact]
    public void Similarity_MapsLargerThanAWindow_IsTheMeanOverWindows()
    {
        double[] x = [.. Enumerable.Range(0, 81).Select(i => (double)(i * 37 % 256))];
        double[] y = [.. Enumerable.Range(0, 81).Select(i => (double)(((i * i * 11) + 5) % 256))];

        // Computed by the definition in Python, windows of 7 x 7, sample covariance.
        Assert.Equal(-0.17176841286273253, BimodalBiasMerging.Similarity(x, y, 9), 1e-12);
        Assert.Equal(1, BimodalBiasMerging.Similarity(x, x, 9), 1e-12);
    }

    [Fact]
    public void Merge_MapsThatDoNotFit_IsRefused()
    {
        float[] map = [0, 1, 2, 3];

        Assert.Throws<ArgumentException>(() => BimodalBiasMerging.Merge([], [], [], 2));
        Assert.Throws<ArgumentException>(() => BimodalBiasMerging.Merge([map], [map, map], [map], 2));
        Assert.Throws<ArgumentException>(() =>
            BimodalBiasMerging.Merge(
                [map],
                [map],
                [
                    [1, 2, 3],
                ],
                2
            )
        );
    }
}
