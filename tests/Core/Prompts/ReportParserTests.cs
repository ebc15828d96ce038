using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "slow")]
public sealed class ReportParserTests
{
    [Theory]
    // Sides and zones.
    [InlineData("Large right pneumothorax with complete collapse of the right lung.", "right pneumothorax")]
    [InlineData("There is a small left apical pneumothorax, unchanged from prior.", "left apical pneumothorax")]
    [InlineData("Patchy opacity in the right lower lobe.", "right lower opacity")]
    [InlineData("Left-sided pleural effusion.", "left pleural effusion")]
    [InlineData("Moderate bilateral pleural effusions.", "bilateral pleural effusion")]
    [InlineData("Bibasilar atelectasis.", "bibasilar atelectasis")]
    [InlineData("Atelectasis at the lung bases.", "bibasilar atelectasis")]
    [InlineData("Atelectasis at the left base.", "left base atelectasis")]
    [InlineData("Linear atelectasis at the base of the left lung.", "left base atelectasis")]
    [InlineData("Atelectasis at the left and right lung bases.", "bibasilar atelectasis")]
    [InlineData("Right greater than left bibasilar opacities.", "bibasilar opacity")]
    [InlineData("RLL pneumonia.", "right lower pneumonia")]
    [InlineData("Consolidation in the RML and RLL.", "right middle consolidation and right lower consolidation")]
    [InlineData("Right upper and left lower lobe opacities.", "right upper opacity and left lower opacity")]
    [InlineData("Opacities in the left upper and lower lobes.", "left upper opacity and left lower opacity")]
    [InlineData("Consolidation in both lower lobes.", "bilateral lower consolidation")]
    [InlineData("Consolidation of the lower lobes bilaterally.", "bilateral lower consolidation")]
    [InlineData("Opacities throughout both lungs.", "bilateral opacity")]
    [InlineData("Opacity in the right lung and left lower lobe.", "right opacity and left lower opacity")]
    [InlineData("Lingular consolidation and right lower opacity.", "lingular consolidation|right lower opacity")]
    [InlineData("Dense retrocardiac consolidation.", "left base consolidation")]
    [InlineData("Biapical pleural thickening without pneumothorax.", "")]
    [InlineData("Fluid blunts the left costophrenic angle, likely a small effusion.", "left costophrenic pleural effusion")]
    [InlineData("Hazy opacity in the right perihilar region.", "right middle opacity")]
    [InlineData("Patchy consolidation.", "consolidation")]
    // Heart and edema.
    [InlineData("Moderate cardiomegaly.", "cardiomegaly")]
    [InlineData("The heart is enlarged.", "cardiomegaly")]
    [InlineData("The cardiac silhouette is mildly to moderately enlarged.", "cardiomegaly")]
    [InlineData("Enlarged cardiac silhouette.", "cardiomegaly")]
    [InlineData("The heart is not enlarged.", "")]
    [InlineData("Heart size is normal.", "")]
    [InlineData("Mild pulmonary edema.", "pulmonary edema")]
    [InlineData("Asymmetric right lung edema.", "right edema")]
    [InlineData("Interstitial edema in both lungs.", "pulmonary edema")]
    [InlineData("Subcutaneous edema over the left chest wall.", "")]
    [InlineData("Small pericardial effusion.", "")]
    // Several findings.
    [InlineData("Left lower lobe consolidation and small right pleural effusion.", "left lower consolidation|right pleural effusion")]
    [InlineData("Consolidation and effusion at the left base.", "left base consolidation|left base pleural effusion")]
    [InlineData("Right lower lobe atelectasis and/or pneumonia.", "right lower atelectasis|right lower pneumonia")]
    [InlineData(
        "Cardiomegaly with pulmonary edema and bilateral pleural effusions.",
        "cardiomegaly|pulmonary edema|bilateral pleural effusion"
    )]
    [InlineData(
        "Opacity in the right upper and middle lobes and a left effusion.",
        "right upper opacity and right middle opacity|left pleural effusion"
    )]
    // Negation and resolution.
    [InlineData("No pneumothorax.", "")]
    [InlineData("No focal consolidation, pleural effusion or pneumothorax.", "")]
    [InlineData("Lungs are clear without consolidation.", "")]
    [InlineData("There is no evidence of pneumonia.", "")]
    [InlineData("The previously seen left pneumothorax has resolved.", "")]
    [InlineData("Left effusion and edema have resolved.", "")]
    [InlineData("Interval resolution of right pleural effusion.", "")]
    [InlineData("Pneumothorax is not seen.", "")]
    [InlineData("No pneumothorax but there is a small left effusion.", "left pleural effusion")]
    [InlineData("No significant change in left pleural effusion.", "left pleural effusion")]
    [InlineData("The left effusion is not significantly changed; no pneumothorax.", "left pleural effusion")]
    [InlineData("Right lower lobe pneumonia cannot be excluded.", "right lower pneumonia")]
    [InlineData("Neither effusion nor pneumothorax.", "")]
    // Sections and sentences.
    [InlineData("INDICATION: Rule in left pneumonia.\nFINDINGS: Right effusion.", "right pleural effusion")]
    [InlineData("HISTORY: cough, pneumonia?\n\nIMPRESSION:\n1. Left basilar\natelectasis.\n2. No pneumothorax.", "left base atelectasis")]
    [InlineData("ET tube 4.5 cm above the carina. Left apical pneumothorax of 1.2 cm.", "left apical pneumothorax")]
    // A sign and what it stands for; what is only possible leaves the sign.
    [InlineData("Right lower lobe airspace disease consistent with pneumonia.", "right lower pneumonia")]
    [InlineData("Opacity in the left lower lobe, compatible with atelectasis.", "left lower atelectasis")]
    [InlineData("Left lower lobe opacity concerning for pneumonia.", "left lower opacity|left lower pneumonia")]
    [InlineData("Infectious consolidation in the right upper lobe.", "right upper pneumonia")]
    // Sides of other things, sides that only compare, and sides after the zone.
    [InlineData("A right chest tube is in place, with a small left apical pneumothorax.", "left apical pneumothorax")]
    [InlineData("Status post removal of the right chest tube, with a left pneumothorax.", "left pneumothorax")]
    [InlineData("Old left rib fractures and right basilar atelectasis.", "right base atelectasis")]
    [InlineData("Bilateral apical opacities, left greater than right.", "bilateral apical opacity")]
    [InlineData("Left greater than right pleural effusions.", "bilateral pleural effusion")]
    [InlineData("Bibasilar atelectasis, more so on the right.", "bibasilar atelectasis")]
    [InlineData("Opacity at the left base and in the upper lobe on the right.", "left base opacity and right upper opacity")]
    // Denials over lists and their ends.
    [InlineData("Pneumothorax, edema and lung opacity are absent.", "")]
    [InlineData("No pneumothorax, small left effusion.", "left pleural effusion")]
    [InlineData("No pneumothorax, large effusion, or consolidation.", "")]
    [InlineData("No pneumonia, moderate bilateral atelectasis.", "bilateral atelectasis")]
    // Merging across the report.
    [InlineData("Left pleural effusion is small. There is a right pleural effusion as well.", "bilateral pleural effusion")]
    [InlineData(
        "Right base atelectasis. Left base atelectasis. Left upper atelectasis.",
        "bibasilar atelectasis and left upper atelectasis"
    )]
    [InlineData("The lungs are clear. Normal chest radiograph.", "")]
    [InlineData("", "")]
    public void Findings_RadiologySentences_GiveTheStandardPrompts(string report, string expected) =>
        Assert.Equal(expected, string.Join('|', ReportParser.Findings(report).Select(finding => finding.Prompt.Text)));

    [Fact]
    public void Findings_WholeReport_KeepSentencesAndDoubt()
    {
        const string report = """
            CHEST RADIOGRAPH, PA AND LATERAL

            REASON FOR EXAM: Fever. Evaluate for pneumonia.

            COMPARISON: Dr. Smith's radiograph with a large left pneumothorax.

            FINDINGS: Cardiac silhouette is enlarged. There is opacity in the left mid and lower
            lung, which may represent pneumonia. No pneumothorax. A small right pleural effusion is
            stable, and there is a trace left pleural effusion.

            IMPRESSION:
            1. Left mid and lower lung opacity.
            2. Small bilateral pleural effusions.
            """;

        IReadOnlyList<ReportFinding> findings = ReportParser.Findings(report);

        Assert.Equal(
            [
                "cardiomegaly",
                "left middle opacity and left lower opacity",
                "left middle pneumonia and left lower pneumonia",
                "bilateral pleural effusion",
            ],
            findings.Select(finding => finding.Prompt.Text)
        );
        Assert.Equal(2, findings[3].Sentences.Count);
        Assert.Equal("Small bilateral pleural effusions", findings[3].Sentences[1]);
        Assert.Equal([false, false, true, false], findings.Select(finding => finding.IsUncertain));
    }

    [Fact]
    public void FindingFor_Pneumonia_AcceptsWiderNames()
    {
        const string report = "Right lower lobe opacity. Left lower lobe consolidation. No effusion.";

        Assert.Equal("bilateral lower pneumonia", ReportParser.FindingFor(report, Pathology.Pneumonia)?.Prompt.Text);
        Assert.Equal("bilateral lower consolidation", ReportParser.FindingFor(report, Pathology.Consolidation)?.Prompt.Text);
        Assert.Null(ReportParser.FindingFor(report, Pathology.PleuralEffusion));
        Assert.Null(ReportParser.FindingFor(report, Pathology.Edema));
    }

    [Fact]
    public void Findings_HugeReport_AreReadInOnePass()
    {
        string report = string.Concat(Enumerable.Repeat("Left effusion is stable. No pneumothorax. ", 20_000));

        Assert.Equal("left pleural effusion", Assert.Single(ReportParser.Findings(report)).Prompt.Text);
    }
}
