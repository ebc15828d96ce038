using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class ReportLanguageTests
{
    [Theory]
    [InlineData("Kein Pneumothorax, kleiner Pleuraerguss links.", "German")]
    [InlineData("BEFUND: Herz nicht vergrößert. Keine Infiltrate, Pneumothorax rechts apikal.", "German")]
    [InlineData("Neumonía en lóbulo inferior derecho. No se observa derrame pleural.", "Spanish")]
    [InlineData("Sin neumotorax. Cardiomegalia leve.", "Spanish")]
    [InlineData("Pas d'épanchement pleural ni de pneumothorax.", "French")]
    [InlineData("Pneumothorax gauche, poumon droit sans anomalie.", "French")]
    [InlineData("Não há derrame pleural. Pneumonia no lobo inferior direito.", "Portuguese")]
    [InlineData("Nessun versamento pleurico. Non segni di edema polmonare.", "Italian")]
    [InlineData("Geen pneumothorax. Kleine pleuravocht links.", "Dutch")]
    [InlineData("Ingen pneumothorax. Hjärtat är förstorat.", "Scandinavian")]
    [InlineData("Bez cech odmy opłucnej. Serce niepowiększone.", "Polish")]
    [InlineData("Пневмоторакс не выявлен.", "other than Latin")]
    [InlineData("右肺に肺炎 pneumonia を認めます。", "other than Latin")]
    [InlineData("FINDINGS: Kein Pneumothorax, kleiner Pleuraerguss links.\nIMPRESSION: Kleiner Pleuraerguss links.", "German")]
    public void Read_AnotherLanguage_IsRefusedInOneLine(string report, string language)
    {
        InputException refusal = Assert.Throws<InputException>(() => ReportParser.Read(report));

        Assert.Contains(language, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Throws<InputException>(() => ReportParser.Findings(report));
        Assert.Null(ReportParser.FindingFor(report, Pathology.Pneumothorax));
        Assert.False(StandardPrompt.TryParse(report, out _));
    }

    [Fact]
    public void Read_ForeignSentenceInAnEnglishReport_IsLeftOutAndSaid()
    {
        ReportReading reading = ReportParser.Read(
            "FINDINGS: The heart is enlarged. There is a small right pleural effusion and the lungs are clear. Kein Pneumothorax."
        );

        Assert.Equal(["cardiomegaly", "right pleural effusion"], reading.Findings.Select(finding => finding.Prompt.Text));
        Assert.Empty(reading.Denied);
        Assert.Equal("German", reading.OtherLanguage);
        Assert.Equal("German", Assert.Single(reading.Remarks).Subject);
        Assert.Equal("Kein Pneumothorax", Assert.Single(reading.SkippedSections).FirstWords);
    }

    [Fact]
    public void Read_LanguageThatIsNotListed_IsRemarked() =>
        Assert.Contains(
            "English",
            Assert.Single(ReportParser.Read("Rindkere muutusteta. Koopsud puhtad.").Remarks).Kind,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("In comparison with the study of ___, the ___ catheter is unchanged. Dr. ___ was notified by ___ at ___.")]
    [InlineData("___ ___ ___. No PTX.")]
    [InlineData("XXXX XXXX. Heart size normal. XXXX are clear.")]
    [InlineData("RLL PNA. Mild CM. ETT ok.")]
    [InlineData("Discussed with Dr. van der Berg. Clear lungs.")]
    [InlineData("Lg L PTX w/ mild rightward shift, R IJ CVL, NGT, ETT, s/p CABG, AICD leads ok")]
    [InlineData("In this patient with fever there is a pneumonia.")]
    [InlineData("Normal.")]
    [InlineData("")]
    public void Read_TelegraphicEnglish_IsRead(string report) => Assert.Null(ReportParser.Read(report).OtherLanguage);
}
