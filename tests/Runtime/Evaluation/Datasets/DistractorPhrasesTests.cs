using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

[Trait("Category", "quick")]
public sealed class DistractorPhrasesTests
{
    [Theory]
    [InlineData("pneumonia", "left lower", "right lower pneumonia", true)]
    [InlineData("pneumothorax", "bilateral apical", null, true)]
    [InlineData("edema", "pulmonary", null, false)]
    [InlineData("pleural effusion", "left", "right pleural effusion", false)]
    [InlineData("cardiomegaly", "cardiomegaly", null, false)]
    public void Of_Phrase_DiffersInOneRespect(string pathologyName, string locationName, string? otherSide, bool hasZone)
    {
        Assert.True(Pathology.TryFind(pathologyName, out Pathology? pathology) && Location.TryFind(locationName, out Location? location));
        Location place = Location.All.Single(item => item.Name == locationName);
        for (ulong seed = 0; seed < 20; seed++)
        {
            Dictionary<DistractorKind, StandardPrompt> found = DistractorPhrases
                .Of(new StandardPrompt(pathology!, place), [], seed)
                .ToDictionary(item => item.Kind, item => item.Prompt);

            Assert.Equal(otherSide, found.GetValueOrDefault(DistractorKind.Side)?.Text);
            Assert.Equal(hasZone, found.ContainsKey(DistractorKind.Zone));
            if (hasZone)
            {
                Location other = Assert.Single(found[DistractorKind.Zone].Locations);
                Assert.Equal(place.Side, other.Side);
                Assert.NotEqual(place.Zone, other.Zone);
                Assert.Equal(pathology, found[DistractorKind.Zone].Pathology);
            }

            Assert.NotEqual(pathology, found[DistractorKind.Pathology].Pathology);
        }
    }

    [Fact]
    public void Of_WhatMayBeTrueOfTheImage_IsNoDistractor()
    {
        StandardPrompt truth = new(Pathology.LungOpacity, Location.Of(Side.Left, Zone.Lower));
        StandardPrompt right = new(Pathology.LungOpacity, Location.Of(Side.Right, Zone.Lower));
        StandardPrompt effusion = new(Pathology.PleuralEffusion, Location.Of(Side.Right, Zone.Base));
        for (ulong seed = 0; seed < 20; seed++)
        {
            Dictionary<DistractorKind, StandardPrompt> found = DistractorPhrases
                .Of(truth, [right, effusion], seed)
                .ToDictionary(item => item.Kind, item => item.Prompt);

            // The right side is true too; pneumonia, atelectasis, ... are opacities, and an effusion is in the image: pneumothorax is left.
            Assert.False(found.ContainsKey(DistractorKind.Side));
            Assert.Equal("left lower pneumothorax", found[DistractorKind.Pathology].Text);
        }
    }

    [Fact]
    public void Of_Seed_DecidesTheChoice()
    {
        StandardPrompt truth = new(Pathology.Pneumothorax, Location.Of(Side.Left, Zone.Upper));

        Assert.Equal(DistractorPhrases.Of(truth, [], 5), DistractorPhrases.Of(truth, [], 5));
        Assert.True(
            Enumerable.Range(0, 20).Select(seed => DistractorPhrases.Of(truth, [], (ulong)seed)[^1].Prompt.Text).Distinct().Count() > 2
        );
    }
}
