using CxrOnnx.Core.Confidence;
using Xunit;

namespace CxrOnnx.Core.Tests.Confidence;

[Trait("Category", "quick")]
public sealed class ConfidenceModelTests
{
    private static double[] Values(double first, double second) =>
        [first, second, .. Enumerable.Repeat(1000.0, SupportFeatures.Names.Count - 2)];

    [Fact]
    public void Assess_Features_StandardisesByNameAndIgnoresTheOthers()
    {
        // 0.125 + 1 * (2.75 - 2) / 0.5 - 0.25 * (3 - 1) / 2 = 1.375
        PhraseConfidence confidence = Calibrations.Model.Assess(Values(3, 2.75));

        Assert.Equal(1 / (1 + Math.Exp(-1.375)), confidence.Probability, 1e-12);
        Assert.Equal(RegionSupport.Supported, confidence.Region);
    }

    [Fact]
    public void Assess_RelativeFeature_NeedsItsValue()
    {
        ConfidenceModel relative = Calibrations.Model with
        {
            Features = [new ConfidenceFeature("place_score_relative", Mean: 1, Scale: 2, Weight: 3)],
        };

        Assert.True(relative.IsRelative);
        Assert.False(Calibrations.Model.IsRelative);
        Assert.Throws<ArgumentException>(() => relative.Assess([1, 2, 3, 4]));
        Assert.Equal(1 / (1 + Math.Exp(-3.125)), relative.Assess([0, 0, 0, 0, 3, 0, 0, 0]).Probability, 1e-12);
    }

    [Theory]
    [InlineData(0.5, 0.5, RegionSupport.Supported)]
    [InlineData(0.2, 0.5001, RegionSupport.LowConfidence)]
    [InlineData(0.5, 0.9, RegionSupport.LowConfidence)]
    [InlineData(0.5001, 0.9, RegionSupport.NoRegion)]
    public void Assess_Threshold_ItselfBelongsAbove(double noRegion, double supported, RegionSupport wanted)
    {
        ConfidenceModel even = Calibrations.Model with
        {
            Intercept = 0,
            Thresholds = new ConfidenceThresholds(noRegion, supported, "by hand"),
        };

        PhraseConfidence confidence = even.Assess(Values(1, 2));

        Assert.Equal((0.5, wanted), (confidence.Probability, confidence.Region));
    }

    [Fact]
    public void Assess_OtherNumberOfFeatures_Throws() => Assert.Throws<ArgumentException>(() => Calibrations.Model.Assess([1, 2]));
}
