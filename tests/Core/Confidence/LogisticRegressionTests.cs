using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Metrics;
using Xunit;

namespace CxrOnnx.Core.Tests.Confidence;

[Trait("Category", "quick")]
public sealed class LogisticRegressionTests
{
    private static double LogOdds(double p) => Math.Log(p / (1 - p));

    /// <summary>
    /// One yes-no feature: 3 of 10 positive without it, 8 of 10 with it. The likelihood is greatest where the probabilities are these
    /// shares.
    /// </summary>
    private static (double[][] Rows, bool[] Labels) Table()
    {
        double[][] rows = [.. Enumerable.Range(0, 20).Select(i => (double[])[i < 10 ? 0 : 1])];
        bool[] labels = [.. Enumerable.Range(0, 20).Select(i => i < 10 ? i < 3 : i < 18)];
        return (rows, labels);
    }

    [Fact]
    public void Fit_OneYesNoFeature_FindsTheLogOddsOfTheTable()
    {
        (double[][] rows, bool[] labels) = Table();

        LogisticRegression fit = LogisticRegression.Fit(rows, labels, ridge: 1e-9, balanced: false);

        Assert.Equal(LogOdds(0.3), fit.Intercept, 1e-6);
        Assert.Equal(LogOdds(0.8) - LogOdds(0.3), fit.Weights[0], 1e-6);
        Assert.Equal(0.3, fit.Probability([0]), 1e-6);
        Assert.Equal(0.8, fit.Probability([1]), 1e-6);
    }

    [Fact]
    public void Fit_Balanced_IsTheFitOfEvenOdds()
    {
        // 11 positives and 9 negatives: a positive counts 9/11 of a negative, so the odds at 0 are 3 * 9/11 to 7.
        (double[][] rows, bool[] labels) = Table();

        LogisticRegression fit = LogisticRegression.Fit(rows, labels, ridge: 1e-9);

        Assert.Equal(Math.Log(3 * 9.0 / 11 / 7), fit.Intercept, 1e-6);
        Assert.Equal(Math.Log(8 * 9.0 / 11 / 2), fit.Intercept + fit.Weights[0], 1e-6);
    }

    [Fact]
    public void Fit_RandomCases_TheGradientOfThePenalisedLikelihoodVanishes()
    {
        SplitMix64 random = new(3);
        double[][] rows = new double[60][];
        bool[] labels = new bool[60];
        for (int i = 0; i < 60; i++)
        {
            float[] normal = new float[4];
            random.FillNormal(normal);
            rows[i] = [normal[0], normal[1], normal[2]];
            labels[i] = normal[0] - (2 * normal[1]) + normal[3] > 0;
        }

        const double ridge = 0.7;
        LogisticRegression fit = LogisticRegression.Fit(rows, labels, ridge, balanced: false);

        double[] residuals = [.. rows.Select((row, i) => (labels[i] ? 1 : 0) - fit.Probability(row))];
        Assert.Equal(0, residuals.Sum(), 1e-4);
        for (int j = 0; j < 3; j++)
        {
            Assert.Equal(ridge * fit.Weights[j], rows.Select((row, i) => residuals[i] * row[j]).Sum(), 1e-4);
        }

        Assert.True(fit.Weights[0] > 0.3 && fit.Weights[1] < -0.6, $"{fit.Weights[0]}, {fit.Weights[1]}");
    }

    [Fact]
    public void Fit_SeparableCases_StayFiniteAndFarFeaturesDoNotOverflow()
    {
        LogisticRegression fit = LogisticRegression.Fit(
            [
                [-2],
                [-1],
                [1],
                [2],
            ],
            [false, false, true, true],
            ridge: 1e-6
        );

        Assert.True(double.IsFinite(fit.Weights[0]) && fit.Weights[0] > 1);
        Assert.Equal(1, fit.Probability([1e6]));
        Assert.Equal(0, fit.Probability([-1e6]));
    }

    [Fact]
    public void Fit_FeatureThatNeverChanges_GetsNoWeight() =>
        Assert.Equal(
            0,
            LogisticRegression
                .Fit(
                    [
                        [0, 1],
                        [0, 2],
                        [0, 3],
                        [0, 2],
                    ],
                    [false, true, true, false],
                    ridge: 1
                )
                .Weights[0]
        );

    [Fact]
    public void Fit_CasesOfOneKindOrOfOtherLength_Throw()
    {
        Assert.Contains(
            "both kinds",
            Assert
                .Throws<ArgumentException>(() =>
                    LogisticRegression.Fit(
                        [
                            [1],
                            [2],
                        ],
                        [true, true],
                        1
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() =>
            LogisticRegression.Fit(
                [
                    [1],
                    [2, 3],
                ],
                [true, false],
                1
            )
        );
        Assert.Throws<ArgumentException>(() =>
            LogisticRegression.Fit(
                [
                    [1],
                    [double.NaN],
                ],
                [true, false],
                1
            )
        );
        Assert.Throws<ArgumentException>(() =>
            LogisticRegression.Fit(
                [
                    [1],
                    [2],
                ],
                [true, false],
                0
            )
        );
        Assert.Throws<ArgumentException>(() => new LogisticRegression(0, [1]).Probability([1, 2]));
    }
}
