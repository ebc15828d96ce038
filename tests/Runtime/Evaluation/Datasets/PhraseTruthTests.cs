using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

[Trait("Category", "quick")]
public sealed class PhraseTruthTests
{
    private static StandardPrompt Phrase(string text) =>
        StandardPrompt.TryParse(text, out StandardPrompt? prompt) ? prompt : throw new ArgumentException(text);

    /// <summary>
    /// The average region of a location, in pixels of an image of 1024 x 1224: twice the 512 grid, with 100 rows above and below that the
    /// model does not see.
    /// </summary>
    private static PixelBox Box(string location)
    {
        LocationGaussian place = LocationAtlas.Default.Gaussians(Location.All.Single(item => item.Name == location))[0].ScaledTo(1024);
        return new PixelBox(place.MuX - (2 * place.SigmaX), 100 + place.MuY - (2 * place.SigmaY), 4 * place.SigmaX, 4 * place.SigmaY);
    }

    [Theory]
    [InlineData("left lower pneumonia", PhraseTruth.Supported)]
    [InlineData("left pneumonia", PhraseTruth.Unclear)]
    [InlineData("bilateral lower pneumonia", PhraseTruth.Unclear)]
    [InlineData("left lower consolidation", PhraseTruth.Unclear)]
    [InlineData("left lower opacity", PhraseTruth.Unclear)]
    [InlineData("right lower pneumonia", PhraseTruth.OtherSide)]
    [InlineData("right lower consolidation", PhraseTruth.OtherSide)]
    [InlineData("left apical pneumonia", PhraseTruth.OtherPlace)]
    [InlineData("left lower pleural effusion", PhraseTruth.OtherPathology)]
    [InlineData("right apical pneumothorax", PhraseTruth.Absent)]
    public void Of_OneFinding_Decides(string phrase, PhraseTruth wanted)
    {
        PhraseJudge judge = new([(Phrase("left lower pneumonia"), [Box("left lower")])], new ImageSize(1024, 1224), LocationAtlas.Default);

        Assert.Equal(wanted, judge.Of(Phrase(phrase)));
    }

    [Fact]
    public void Of_ImageWithoutFindings_SupportsNothing() =>
        Assert.Equal(PhraseTruth.Absent, new PhraseJudge([], new ImageSize(300, 200), LocationAtlas.Default).Of(Phrase("cardiomegaly")));

    [Fact]
    public void Of_TwoLocations_OrderDoesNotMatter()
    {
        PhraseJudge judge = new(
            [(Phrase("left lower pneumonia and right upper pneumonia"), [Box("left lower"), Box("right upper")])],
            new ImageSize(1024, 1224),
            LocationAtlas.Default
        );

        Assert.Equal(PhraseTruth.Supported, judge.Of(Phrase("right upper pneumonia and left lower pneumonia")));
        Assert.Equal(PhraseTruth.Unclear, judge.Of(Phrase("right upper pneumonia")));
    }
}
