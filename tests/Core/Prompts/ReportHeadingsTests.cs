using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class ReportHeadingsTests
{
    [Theory]
    // What is asked, known before, or done.
    [InlineData("REASON FOR EXAM")]
    [InlineData("Reason for the examination")]
    [InlineData("REASON FOR THIS EXAMINATION")]
    [InlineData("Reason")]
    [InlineData("HX")]
    [InlineData("Hx/Reason")]
    [InlineData("PMH")]
    [InlineData("Medical history")]
    [InlineData("PAST MEDICAL HISTORY")]
    [InlineData("HISTORY OF PRESENT ILLNESS")]
    [InlineData("UNDERLYING MEDICAL CONDITION")]
    [InlineData("Admitting Diagnosis")]
    [InlineData("CHIEF COMPLAINT")]
    [InlineData("Clinical question")]
    [InlineData("CLINICAL DATA")]
    [InlineData("Clinical findings")]
    [InlineData("Indication(s)")]
    [InlineData("INDICATION / HISTORY")]
    [InlineData("Signs and symptoms")]
    [InlineData("REASON FOR EXAM (signs/symptoms)")]
    [InlineData("TECHNIQUE")]
    [InlineData("Exam")]
    [InlineData("EXAMINATION TYPE")]
    [InlineData("Procedure comments")]
    [InlineData("COMPARISON")]
    [InlineData("Comparison studies")]
    [InlineData("Prior report")]
    [InlineData("RECOMMENDATION(S)")]
    [InlineData("Follow-up")]
    [InlineData("NOTIFICATION")]
    [InlineData("Critical results")]
    [InlineData("Electronically signed by")]
    [InlineData("DICTATED BY")]
    // Typing errors.
    [InlineData("COMPARISION")]
    [InlineData("INDICATON")]
    [InlineData("Hsitory")]
    [InlineData("TECHNIQE")]
    [InlineData("Recomendations")]
    // Marks.
    [InlineData("**Indication")]
    [InlineData("## Clinical history")]
    [InlineData("  [REASON]  ")]
    public void Read_SectionNotAboutTheImages_IsSkippedAndSaid(string heading)
    {
        ReportReading reading = ReportParser.Read($"{heading}: left lower lobe pneumonia\nFINDINGS: Small right effusion.");

        Assert.Equal("right pleural effusion", Assert.Single(reading.Findings).Prompt.Text);
        SkippedSection skipped = Assert.Single(reading.SkippedSections);
        Assert.Equal((1, "left lower lobe pneumonia"), (skipped.Sentences, skipped.FirstWords));
        Assert.Equal("left lower lobe pneumonia".Length, skipped.Characters);
    }

    [Theory]
    [InlineData("FINDINGS")]
    [InlineData("Findings and impression")]
    [InlineData("FINDINGS/IMPRESSION")]
    [InlineData("FINIDNGS")]
    [InlineData("Impresion")]
    [InlineData("Overall impression")]
    [InlineData("IMPRESSION AND RECOMMENDATIONS")]
    [InlineData("Conclusion")]
    [InlineData("Interpretation")]
    [InlineData("FINAL REPORT")]
    [InlineData("Result")]
    [InlineData("CHEST, TWO VIEWS")]
    [InlineData("PORTABLE CHEST X-RAY")]
    [InlineData("Lungs and pleura")]
    public void Read_SectionOfFindings_IsRead(string heading) =>
        Assert.Equal(
            "right pleural effusion",
            Assert.Single(ReportParser.Read($"HISTORY: left pneumonia\n{heading}: Small right effusion.").Findings).Prompt.Text
        );

    [Theory]
    [InlineData("CLINICAL HISTORY/INDICATION: Pneumonia. FINDINGS: Clear.")]
    [InlineData("HX: pneumonia. TECHNIQUE: AP. FINDINGS: clear. IMPRESSION: Clear.")]
    [InlineData("History: left effusion Findings: Lungs clear.")]
    [InlineData("COMPARISON: CT with pneumonia FINDINGS: clear")]
    [InlineData("CLINICAL INFORMATION:___F with pneumonia\nFINDINGS:\nNo acute process.")]
    [InlineData("REASON FOR EXAM -- pneumonia\nFINDINGS -- normal")]
    [InlineData("**Indication**\n\nLeft pneumonia\n\n**Findings**\n\nNormal")]
    [InlineData("### Reason for examination ###\n\nPneumothorax?\n\n### Findings ###\n\nClear lungs")]
    [InlineData("<b>Indication:</b> pneumonia\n<b>Findings:</b> clear")]
    [InlineData("Clinical History\nLeft pneumonia.\nImpression\nClear")]
    [InlineData("INDICATION\n\nleft pneumonia\n\nsecond paragraph with effusion\n\nFINDINGS\n\nclear")]
    [InlineData("Patient known for left pneumonia\n\nFINDINGS: clear")]
    [InlineData("RECOMMENDATION: repeat the film to look at the left effusion.")]
    public void Read_HeadingsInAnyForm_KeepHistoryOut(string report)
    {
        ReportReading reading = ReportParser.Read(report);

        Assert.Empty(reading.Findings);
        Assert.NotEmpty(reading.SkippedSections);
    }

    [Theory]
    [InlineData("REASON FOR EXAMINATION:  Evaluation of pneumonia.\n\n AP radiograph reviewed.\n\n Small right pleural effusion.")]
    [InlineData(" HISTORY:  Cough.\n \n COMPARISON:  None.\n \n Small right pleural effusion.\n \n IMPRESSION:  As above.")]
    [InlineData("INDICATION:\n\nleft pneumonia\n\nSmall right pleural effusion.")]
    [InlineData("HISTORY: left pneumonia\nLungs: clear.\nPleura: small right effusion.")]
    [InlineData("WET READ: Small right effusion.")]
    [InlineData("WET READ: Left pneumothorax.\nFINAL REPORT\nSmall right effusion.")]
    public void Read_ProseAfterASkippedSection_IsRead(string report) =>
        Assert.Equal("right pleural effusion", Assert.Single(ReportParser.Read(report).Findings).Prompt.Text);

    [Fact]
    public void Read_UnknownHeadingBeforeTheFindings_IsDistrustedAndSaid()
    {
        ReportReading reading = ReportParser.Read("NURSE REMARKS: left pneumonia\nZORBLAT: left pneumothorax\nIMPRESSION: clear");

        Assert.Empty(reading.Findings);
        Assert.Equal(["NURSE REMARKS", "ZORBLAT"], reading.SkippedSections.Select(section => section.Name));
        Assert.Contains(reading.Remarks, remark => remark.Subject?.Contains("ZORBLAT", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Read_ReportWithoutFindings_SaysSo()
    {
        ReportReading reading = ReportParser.Read("INDICATION: left pneumonia. Evaluate for effusion.");

        Assert.Empty(reading.Findings);
        Assert.Equal(2, Assert.Single(reading.SkippedSections).Sentences);
        Assert.Contains("no findings section", Assert.Single(reading.Remarks).Kind, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Pneumothorax: left, small.", "left pneumothorax")]
    [InlineData("HEART: enlarged.", "cardiomegaly")]
    [InlineData("FINDINGS:\nHEART: Enlarged.\nLUNGS: Clear.\nPLEURA: No effusion.", "cardiomegaly")]
    [InlineData("Right lung: clear. Left lung: consolidation in the upper lobe.", "left upper consolidation")]
    [InlineData("IMPRESSION:  AP chest compared to ___ through ___:\n\n Mild pulmonary edema has worsened.", "pulmonary edema")]
    [InlineData("No effusion\nSmall left pneumothorax", "left pneumothorax")]
    public void Read_Labels_AreNoHeadings(string report, string expected) =>
        Assert.Equal(expected, Assert.Single(ReportParser.Read(report).Findings).Prompt.Text);
}
