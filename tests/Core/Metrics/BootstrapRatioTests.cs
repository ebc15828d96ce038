using CxrOnnx.Core.Metrics;
using Xunit;

namespace CxrOnnx.Core.Tests.Metrics;

[Trait("Category", "quick")]
public sealed class BootstrapRatioTests
{
    private static readonly double[][] Two =
    [
        [1, 2, 4, 3],
        [5, 6, 9],
    ];

    [Fact]
    public void RatioOfMeans_APerfectMultiple_HasAnIntervalOfNoWidth()
    {
        // Pairs are drawn together: twice every value is a ratio of 2 in every resample, which separate draws would not give.
        ConfidenceInterval ratio = new Bootstrap(500, seed: 3)
            .RatioOfMeans([.. Two.Select(group => group.Select(value => 2 * value).ToArray())], Two)!
            .Value;

        Assert.Equal((2.0, 2.0, 2.0), (Math.Round(ratio.Mean, 12), Math.Round(ratio.Low, 12), Math.Round(ratio.High, 12)));
    }

    [Fact]
    public void RatioOfMeans_OfClassMeans_IsTheRatioOfTheTwoAverages()
    {
        double[][] other =
        [
            [2, 2, 1, 2],
            [3, 8, 4],
        ];
        Bootstrap bootstrap = new(2000, seed: 1);

        ConfidenceInterval ratio = bootstrap.RatioOfMeans(Two, other)!.Value;

        Assert.Equal(bootstrap.MeanOfMeans(Two).Mean / bootstrap.MeanOfMeans(other).Mean, ratio.Mean, 1e-12);
        Assert.True(ratio.Low < ratio.Mean && ratio.Mean < ratio.High, $"{ratio}");
    }

    [Fact]
    public void RatioOfMeans_ADenominatorThatMayBeZero_HasNone()
    {
        double[][] around =
        [
            [-1, 2],
            [1, 1, 1],
        ];
        double[][] ones =
        [
            [1, 1],
            [1, 1, 1],
        ];

        Assert.Null(
            new Bootstrap(200).RatioOfMeans(
                ones,
                [
                    [-3, 1],
                    [1, 1, 1],
                ]
            )
        );
        Assert.NotNull(new Bootstrap(200).RatioOfMeans(around, ones));
    }

    [Fact]
    public void RatioOfMeans_GroupsOfOtherSizes_IsRefused()
    {
        Assert.Throws<ArgumentException>(() =>
            new Bootstrap(10).RatioOfMeans(
                Two,
                [
                    [1, 2, 3, 4],
                    [1, 2],
                ]
            )
        );
    }
}
