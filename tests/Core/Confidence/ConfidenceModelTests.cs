using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Confidence;

public sealed class ConfidenceModelTests
{
    private static double[] Values(double first, double second) =>
        [first, second, .. Enumerable.Repeat(1000.0, SupportFeatures.Names.Count - 2)];

    private static StandardPrompt Phrase(Pathology pathology, params Location[] locations) => new(pathology, locations);

    [Fact]
    public void Assess_Features_StandardisesByNameAndIgnoresTheOthers()
    {
        // No baseline is known of this phrase: 0.125 + 1 * (2.75 - 2) / 0.5 - 0.25 * (3 - 1) / 2 = 1.375
        PhraseConfidence confidence = Calibrations.Model.Assess(Phrase(Pathology.Edema, Location.Pulmonary), Values(3, 2.75));

        Assert.Equal(1 / (1 + Math.Exp(-1.375)), confidence.Probability, 1e-12);
        Assert.Equal(RegionSupport.Supported, confidence.Region);
    }

    [Fact]
    public void Assess_PhraseWithBaseline_CountsWhatGoesBeyondIt()
    {
        // Pneumonia has 10; of the two places one has 3 and the other 1, 2 in the mean.
        StandardPrompt phrase = Phrase(Pathology.Pneumonia, Location.Of(Side.Left, Zone.Lower), Location.Of(Side.Right, Zone.Lung));

        Assert.Equal(
            Calibrations.Model.Assess(Phrase(Pathology.Edema, Location.Pulmonary), Values(3, 2.75)).Probability,
            Calibrations.Model.Assess(phrase, Values(3, 14.75)).Probability,
            1e-12);
    }

    [Theory]
    [InlineData(0.5, 0.5, RegionSupport.Supported)]
    [InlineData(0.2, 0.5001, RegionSupport.LowConfidence)]
    [InlineData(0.5, 0.9, RegionSupport.LowConfidence)]
    [InlineData(0.5001, 0.9, RegionSupport.NoRegion)]
    public void Assess_Threshold_ItselfBelongsAbove(double noRegion, double supported, RegionSupport wanted)
    {
        ConfidenceModel even = Calibrations.Model with { Intercept = 0, Thresholds = new ConfidenceThresholds(noRegion, supported, "by hand") };

        PhraseConfidence confidence = even.Assess(Phrase(Pathology.Edema, Location.Pulmonary), Values(1, 2));

        Assert.Equal((0.5, wanted), (confidence.Probability, confidence.Region));
    }

    [Fact]
    public void Assess_OtherNumberOfFeatures_Throws() => Assert.Throws<ArgumentException>(() => Calibrations.Model.Assess(Phrase(Pathology.Edema, Location.Pulmonary), [1, 2]));
}
