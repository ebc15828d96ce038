using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class StandardGridTests
{
    [Fact]
    public void Prompts_EveryText_IsThereOnceAndReadsAsItsPrompt()
    {
        Assert.Equal(StandardGrid.Prompts.Count, StandardGrid.Prompts.Select(prompt => prompt.Text).Distinct().Count());
        foreach (StandardPrompt prompt in StandardGrid.Prompts)
        {
            Assert.True(StandardPrompt.TryParse(prompt.Text, out StandardPrompt? parsed), prompt.Text);
            Assert.Equal(prompt.Pathology, parsed.Pathology);
            Assert.Equal(prompt.Locations, parsed.Locations);
        }
    }

    [Fact]
    public void Prompts_Pairs_AreThoseThatAReportCouldName()
    {
        string[] texts = [.. StandardGrid.Prompts.Select(prompt => prompt.Text)];
        foreach (
            string plausible in (string[])
                [
                    "cardiomegaly",
                    "pulmonary edema",
                    "left pleural effusion",
                    "right apical pneumothorax",
                    "lingular pneumonia",
                    "bibasilar atelectasis",
                    "left costophrenic opacity",
                ]
        )
        {
            Assert.Contains(plausible, texts);
        }

        foreach (
            string implausible in (string[])
                [
                    "cardiomegaly pneumonia",
                    "pulmonary pneumothorax",
                    "left cardiomegaly",
                    "left pleural edema",
                    "lingular pleural effusion",
                    "left apical pleural effusion",
                ]
        )
        {
            Assert.DoesNotContain(implausible, texts);
        }
        // Every pathology and every location is in it; 19 + 18 + 12 + 25 + 19 + 1 + 19 + 12 pairs.
        Assert.Equal(Pathology.All, Pathology.All.Where(pathology => StandardGrid.Prompts.Any(prompt => prompt.Pathology == pathology)));
        Assert.Equal(Location.All, Location.All.Where(location => StandardGrid.Prompts.Any(prompt => prompt.Locations.Contains(location))));
        Assert.Equal(125, texts.Length);
    }

    [Fact]
    public void Prompts_BothSides_AreThereTogether()
    {
        foreach (StandardPrompt prompt in StandardGrid.Prompts.Where(prompt => prompt.Locations[0].Side == Side.Left))
        {
            foreach (Side side in (Side[])[Side.Right, Side.Bilateral])
            {
                // Edema of both lungs is written "pulmonary edema".
                Location location = Location.Of(side, prompt.Locations[0].Zone);
                bool isPulmonary = prompt.Pathology == Pathology.Edema && location == Location.Of(Side.Bilateral, Zone.Lung);
                Assert.Contains(new StandardPrompt(prompt.Pathology, isPulmonary ? Location.Pulmonary : location), StandardGrid.Prompts);
            }
        }
    }
}
