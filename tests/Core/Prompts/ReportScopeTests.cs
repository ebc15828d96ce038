using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

[Trait("Category", "quick")]
public sealed class ReportScopeTests
{
    [Theory]
    // Absent.
    [InlineData("Clear lungs w/o focal consolidation, effusion, or PTX.", StatementSense.Absent)]
    [InlineData("Neg for pneumonia.", StatementSense.Absent)]
    [InlineData("Negative chest x-ray for pneumonia", StatementSense.Absent)]
    [InlineData("PTX (-). Effusion (-).", StatementSense.Absent)]
    [InlineData("Pneumothorax: none. Pleural effusion - no", StatementSense.Absent)]
    [InlineData("Zero effusion, zero PTX", StatementSense.Absent)]
    [InlineData("Low suspicion for pneumonia.", StatementSense.Absent)]
    [InlineData("Suspicion for pneumonia is low.", StatementSense.Absent)]
    [InlineData("Findings argue against pneumonia.", StatementSense.Absent)]
    [InlineData("Pneumonia is not suspected.", StatementSense.Absent)]
    [InlineData("Pneumonia is less likely.", StatementSense.Absent)]
    [InlineData("Findings are not consistent with pneumonia.", StatementSense.Absent)]
    [InlineData("Nothing to suggest pneumonia", StatementSense.Absent)]
    [InlineData("Doubt pneumonia.", StatementSense.Absent)]
    [InlineData("No more pneumothorax.", StatementSense.Absent)]
    [InlineData("Bilateral nodular opacities most likely represent nipple shadows.", StatementSense.Absent)]
    [InlineData("There is no pneumonia.", StatementSense.Absent)]
    [InlineData("Heart size is not increased.", StatementSense.Absent)]
    // Gone.
    [InlineData("Effusions are gone.", StatementSense.Gone)]
    [InlineData("Resolved right pneumothorax.", StatementSense.Gone)]
    [InlineData("Interval clearing of the right lower lobe consolidation.", StatementSense.Gone)]
    [InlineData("The right lower lobe collapse has re-expanded.", StatementSense.Gone)]
    // History.
    [InlineData("Patient with history of pneumonia.", StatementSense.Past)]
    [InlineData("h/o PNA", StatementSense.Past)]
    [InlineData("Status post drainage of a right effusion last month.", StatementSense.Past)]
    [InlineData("67 year old man with fever and left lower lobe pneumonia.", StatementSense.Past)]
    [InlineData("Scarring from old pneumonia.", StatementSense.Past)]
    // Asked for.
    [InlineData("If there is clinical concern for pneumonia, lateral view is recommended.", StatementSense.Asked)]
    [InlineData("Correlate clinically for pneumonia.", StatementSense.Asked)]
    [InlineData("Rule out pneumothorax.", StatementSense.Asked)]
    [InlineData("Recommend follow-up to document resolution of pneumonia", StatementSense.Asked)]
    [InlineData("Evaluation for pneumothorax is limited", StatementSense.Asked)]
    public void Read_StatementsOfNoFinding_AreListedWithTheirReason(string report, StatementSense sense)
    {
        ReportReading reading = ReportParser.Read(report);

        Assert.Empty(reading.Findings);
        Assert.NotEmpty(reading.Denied);
        Assert.All(reading.Denied, statement => Assert.Equal(sense, statement.Sense));
        Assert.All(reading.Denied, statement => Assert.Contains(statement.Sentence, report, StringComparison.Ordinal));
    }

    [Theory]
    // One of two.
    [InlineData("The pneumothorax has resolved and there is left basilar atelectasis.", "left base atelectasis")]
    [InlineData("The cardiac silhouette is unchanged with increased size of the right pleural effusion.", "right pleural effusion")]
    [InlineData("Right upper lobe pneumonia cleared, contralateral lung clear, with a small left effusion.", "left pleural effusion")]
    [InlineData("No larger pneumothorax than yesterday.", "pneumothorax")]
    [InlineData("Fluid in the stomach, costophrenic angles are sharp, right effusion.", "right pleural effusion")]
    // Places of most of it, and the only ones.
    [InlineData("Diffuse interstitial opacities with bibasilar predominance.", "bibasilar opacity")]
    [InlineData("Airspace opacities with right predominance.", "right opacity")]
    [InlineData("Bilateral opacities with right lower lobe predominance.", "bilateral opacity")]
    [InlineData("Patient rotated; opacity extending to the left.", "left opacity")]
    [InlineData("Edema has resolved, residual cardiomegaly", "cardiomegaly")]
    [InlineData("Resolution of the left effusion with new right basilar consolidation.", "right base consolidation")]
    [InlineData("Opacity in the left lower lobe is atelectasis, not pneumonia.", "left lower atelectasis")]
    [InlineData("Atelectasis at the left base, less likely pneumonia.", "left base atelectasis")]
    [InlineData("Left effusion and right pneumothorax has resolved.", "left pleural effusion")]
    [InlineData("Left effusion and right pneumothorax have resolved.", "")]
    [InlineData("Stable cardiomegaly without pulmonary edema.", "cardiomegaly")]
    [InlineData("No pneumothorax, small left effusion.", "left pleural effusion")]
    [InlineData("(-) PTX, (+) left effusion", "left pleural effusion")]
    // Times.
    [InlineData("There is a right apical pneumothorax, not present yesterday.", "right apical pneumothorax")]
    [InlineData("Left pleural effusion, previously absent, is now moderate.", "left pleural effusion")]
    [InlineData("Consolidation in the left lower lobe, at which time it was absent", "left lower consolidation")]
    [InlineData("The left effusion seen yesterday is not seen today", "")]
    [InlineData("Previous left effusion is smaller.", "left pleural effusion")]
    [InlineData("Partial clearing of the right lower lobe consolidation.", "right lower consolidation")]
    [InlineData("Left effusion has nearly resolved.", "left pleural effusion?")]
    [InlineData("Right pneumothorax has resolved with only a residual apical component.", "right apical pneumothorax")]
    // Sides.
    [InlineData("Right-sided pneumothorax is seen but not on the left.", "right pneumothorax")]
    [InlineData("Pneumothorax on the left, none on the right.", "left pneumothorax")]
    [InlineData("There is a right but no left pleural effusion.", "right pleural effusion")]
    [InlineData("The right effusion has decreased and the left has resolved.", "right pleural effusion")]
    [InlineData("The left effusion has resolved while the right persists.", "right pleural effusion")]
    [InlineData("No effusion on the right but a small one on the left.", "left pleural effusion")]
    [InlineData("Effusion has resolved on the right but persists on the left.", "left pleural effusion")]
    [InlineData("Pneumothorax on the right has resolved; on the left it persists.", "left pneumothorax")]
    [InlineData(
        "A small left pneumothorax with right upper lobe airspace disease consistent with pneumonia",
        "left pneumothorax|right upper pneumonia"
    )]
    [InlineData(
        "Cardiac enlargement with interstitial edema and bilateral effusions, larger on the right.",
        "cardiomegaly|pulmonary edema|bilateral pleural effusion"
    )]
    [InlineData("Opacities sparing the apices", "opacity")]
    [InlineData("Right effusion, left lung clear.", "right pleural effusion")]
    [InlineData("Right pneumothorax with shift to the left.", "right pneumothorax")]
    [InlineData("Right effusion, left apical scarring.", "right pleural effusion")]
    // Doubt.
    [InlineData("?RLL pneumonia", "right lower pneumonia?")]
    [InlineData("LLL pneumonia?", "left lower pneumonia?")]
    [InlineData("Pneumonia can not be excluded", "pneumonia?")]
    [InlineData("No change in bilateral effusions or cardiomegaly", "bilateral pleural effusion|cardiomegaly")]
    [InlineData("Right base opacity could be atelectasis or pneumonia", "right base opacity|right base atelectasis?|right base pneumonia?")]
    public void Read_MixedStatements_KeepWhatIsThere(string report, string expected) =>
        Assert.Equal(
            expected,
            string.Join('|', ReportParser.Read(report).Findings.Select(finding => finding.Prompt.Text + (finding.IsUncertain ? "?" : "")))
        );

    [Theory]
    [InlineData("Right upper lobe collapse.", "right upper atelectasis")]
    [InlineData("Volume loss in the left lower lobe.", "left lower atelectasis")]
    [InlineData("Collapse of the T12 vertebral body.", "")]
    [InlineData("Right lung volume loss post lobectomy", "")]
    [InlineData("The left costophrenic angle is blunted.", "left costophrenic pleural effusion?")]
    [InlineData("Blunting of the left CP angle is likely scarring.", "")]
    [InlineData("Hazy increased density in the left mid lung.", "left middle opacity")]
    [InlineData("Decreased bone density.", "")]
    [InlineData("Loculated fluid on the left.", "left pleural effusion")]
    [InlineData("Hydropneumothorax on the left.", "left pneumothorax|left pleural effusion")]
    [InlineData("Airspace disease in the right upper lobe.", "right upper opacity")]
    [InlineData("Infiltrates bilaterally in the lower lobes", "bilateral lower opacity")]
    [InlineData("Middle lobe atelectasis", "right middle atelectasis")]
    [InlineData("Mild CM.", "cardiomegaly")]
    [InlineData("ET tube 4 cm above the carina.", "")]
    [InlineData("Enlarged right hilum, heart normal.", "")]
    [InlineData("Right mid lung opacity and edema.", "right middle opacity|pulmonary edema")]
    [InlineData("Mild edema and right mid lung opacity.", "pulmonary edema|right middle opacity")]
    [InlineData("Volume loss in the left lower lobe and small effusion.", "left lower atelectasis|left pleural effusion")]
    public void Read_Words_NameTheFindings(string report, string expected) => Read_MixedStatements_KeepWhatIsThere(report, expected);
}
