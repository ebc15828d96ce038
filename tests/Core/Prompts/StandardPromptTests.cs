using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class StandardPromptTests
{
    [Fact]
    public void Text_SeveralLocations_AreBoundWithAnd()
    {
        StandardPrompt prompt = new(Pathology.LungOpacity, Location.Of(Side.Left, Zone.Upper), Location.Of(Side.Bilateral, Zone.Base));

        Assert.Equal("left upper opacity and bibasilar opacity", prompt.Text);
        Assert.Equal(2, prompt.Locations.Count);
    }

    [Fact]
    public void Text_SameWordTwice_IsWrittenOnce()
    {
        Assert.Equal("cardiomegaly", new StandardPrompt(Pathology.Cardiomegaly, Location.Cardiomegaly).Text);
        Assert.Equal("left pleural effusion", new StandardPrompt(Pathology.PleuralEffusion, Location.Of(Side.Left, Zone.Pleural)).Text);
        Assert.Equal(
            "left apical pleural effusion",
            new StandardPrompt(Pathology.PleuralEffusion, Location.Of(Side.Left, Zone.Apical)).Text
        );
    }

    [Fact]
    public void TryParse_OwnText_GivesTheSamePrompt()
    {
        foreach (Pathology pathology in Pathology.All)
        {
            foreach (Location location in Location.All.Where(location => MakesSense(pathology, location)))
            {
                StandardPrompt prompt = new(pathology, location);
                Assert.True(StandardPrompt.TryParse(prompt.Text, out StandardPrompt? parsed), prompt.Text);
                Assert.Equal(prompt, parsed);
                Assert.Equal(prompt.GetHashCode(), parsed.GetHashCode());
            }
        }
    }

    [Theory]
    [InlineData("Large R-sided pneumothorax", "right pneumothorax")]
    [InlineData("patchy opacities in both lower lobes", "bilateral lower opacity")]
    [InlineData("left lower lung opacity", "left lower opacity")]
    [InlineData("left upper pneumonia and right upper pneumonia", "bilateral upper pneumonia")]
    [InlineData("right base pneumothorax and right upper pneumothorax", "right base pneumothorax and right upper pneumothorax")]
    public void TryParse_FreePhrase_IsStandardised(string phrase, string expected)
    {
        Assert.True(StandardPrompt.TryParse(phrase, out StandardPrompt? prompt));
        Assert.Equal(expected, prompt.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("rib fracture")]
    [InlineData("no pneumothorax")]
    [InlineData("lingular consolidation and right lower opacity")]
    public void TryParse_NoOrSeveralOrAbsentPathologies_IsRefused(string phrase) => Assert.False(StandardPrompt.TryParse(phrase, out _));

    // The heart's location goes with the heart's pathology, an effusion of a side is pleural, and edema of both lungs is pulmonary.
    private static bool MakesSense(Pathology pathology, Location location) =>
        pathology == Pathology.Cardiomegaly
            ? location == Location.Cardiomegaly
            : location != Location.Cardiomegaly
                && (location != Location.Pulmonary || pathology == Pathology.Edema)
                && (location.Zone != Zone.Lung || pathology != Pathology.PleuralEffusion)
                && (location != Location.Of(Side.Bilateral, Zone.Lung) || pathology != Pathology.Edema);
}
