using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class PhraseReadingTests
{
    [Fact]
    public void Of_EveryStandardPrompt_IsStandardAndNotMisspelt()
    {
        Assert.True(StandardGrid.Prompts.Count > 100);
        Assert.All(
            StandardGrid.Prompts,
            prompt =>
            {
                PhraseReading reading = PhraseReading.Of(prompt.Text);
                Assert.True(reading.IsStandard, prompt.Text);
                Assert.Equal(prompt.Text, Assert.Single(reading.Affirmed).Prompt.Text);
            }
        );
        Assert.True(PhraseReading.Of("Left Lower Pneumonia").IsStandard);
        Assert.True(PhraseReading.Of("left upper pneumonia and right lower pneumonia").IsStandard);
        Assert.True(PhraseReading.Of("pneumonia").IsStandard);
        Assert.False(PhraseReading.Of("edema").IsStandard);
        Assert.False(PhraseReading.Of("left lower pneumonia and cardiomegaly").IsStandard);
    }

    [Theory]
    [InlineData("LLL pneumonia", "left lower pneumonia")]
    [InlineData("lt sided effusion", "left pleural effusion")]
    [InlineData("left, lower pneumonia.", "left lower pneumonia")]
    [InlineData("edema", "pulmonary edema")]
    [InlineData("pneumonia without effusion", "pneumonia")]
    [InlineData("left effusion, no right effusion", "left pleural effusion")]
    public void Of_FreeWording_AffirmsTheStandardPrompt(string phrase, string prompt)
    {
        PhraseReading reading = PhraseReading.Of(phrase);

        Assert.False(reading.IsStandard);
        Assert.Equal(prompt, Assert.Single(reading.Affirmed).Prompt.Text);
        Assert.Empty(reading.Misspelt);
        Assert.Empty(reading.Unused);
    }

    [Theory]
    [InlineData("no pleural effusion", StatementSense.Absent)]
    [InlineData("without pneumothorax", StatementSense.Absent)]
    [InlineData("left lower pneumonia has resolved", StatementSense.Gone)]
    [InlineData("history of pneumonia", StatementSense.Past)]
    [InlineData("rule out pneumonia", StatementSense.Asked)]
    public void Of_DeniedPhrase_AffirmsNothing(string phrase, StatementSense sense)
    {
        PhraseReading reading = PhraseReading.Of(phrase);

        Assert.Empty(reading.Affirmed);
        Assert.Equal(sense, Assert.Single(reading.Denied).Sense);
    }

    [Theory]
    [InlineData("no rib fracture", true)]
    [InlineData("left pneumonia, no rib fracture", true)]
    [InlineData("no pneumothorax", false)]
    [InlineData("no change in left lower pneumonia", false)]
    [InlineData("rib fracture", false)]
    public void DeniesUnknown_OnlyWhatIsNoKnownPathology(string phrase, bool denies) =>
        Assert.Equal(denies, PhraseReading.Of(phrase).DeniesUnknown);

    [Theory]
    [InlineData("FINDINGS: Left lower pneumonia.", true)]
    [InlineData("Left lower pneumonia. No effusion.", true)]
    [InlineData("There is a left lower pneumonia.", false)]
    [InlineData("left lower pneumonia", false)]
    public void IsReport_SeveralSentencesOrAHeading(string phrase, bool isReport) =>
        Assert.Equal(isReport, PhraseReading.Of(phrase).IsReport);

    [Theory]
    [InlineData("pnuemonia", "pneumonia")]
    [InlineData("left lwoer pneumonia", "left lower pneumonia")]
    [InlineData("rigth effussion", "right effusion")]
    [InlineData("lfet consolidtion", "left consolidation")]
    public void Misspelt_TypingErrors_AreCorrected(string phrase, string corrected)
    {
        PhraseReading reading = PhraseReading.Of(phrase);

        Assert.NotEmpty(reading.Misspelt);
        Assert.Equal(corrected, reading.Corrected);
    }

    [Theory]
    [InlineData("bright light opacities in the upper lobes")]
    [InlineData("bibasilar atelectases with small effusions")]
    [InlineData("thickened pleura, unilateral")]
    [InlineData("long-standing basal opacity")]
    public void Misspelt_OtherWordsAndPlurals_AreNone(string phrase) => Assert.Empty(PhraseReading.Of(phrase).Misspelt);

    [Fact]
    public void Unused_WordFromNowhere_IsNamed() => Assert.Equal(["zebra"], PhraseReading.Of("left lower zebra pneumonia").Unused);
}
