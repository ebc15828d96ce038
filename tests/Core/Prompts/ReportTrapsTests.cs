using CxrOnnx.Core.Prompts;
using Xunit;

namespace CxrOnnx.Core.Tests.Prompts;

/// <summary>Kinds of sentences that were once misread without a word; more of each are in sentences-traps.tsv.</summary>
[Trait("Category", "quick")]
public sealed class ReportTrapsTests
{
    [Theory]
    [InlineData("We fail to identify a pneumothorax.", StatementSense.Absent)]
    [InlineData("Unable to appreciate an effusion.", StatementSense.Absent)]
    [InlineData("Pneumothorax cannot be seen.", StatementSense.Absent)]
    [InlineData("In no zone is there consolidation.", StatementSense.Absent)]
    [InlineData("I doubt there is pneumonia.", StatementSense.Absent)]
    [InlineData("PTX -ve. Effusion -ve.", StatementSense.Absent)]
    [InlineData("PTX -> none", StatementSense.Absent)]
    [InlineData("[ ] Pneumothorax\n[ ] Consolidation", StatementSense.Absent)]
    [InlineData("Pneumothorax: No\nEffusion: No\nConsolidation: No", StatementSense.Absent)]
    [InlineData("The right effusion was drained; no residual fluid.", StatementSense.Gone)]
    [InlineData("Interval removal of the right effusion.", StatementSense.Gone)]
    [InlineData("On the previous study there was a large left pneumothorax.", StatementSense.Past)]
    [InlineData("The outside CT reported left lower lobe pneumonia.", StatementSense.Past)]
    [InlineData("The patient had pneumonia in March.", StatementSense.Past)]
    [InlineData("Pneumothorax cannot be assessed.", StatementSense.Asked)]
    [InlineData("Not assessed: pneumothorax.", StatementSense.Asked)]
    [InlineData("Follow-up of pneumonia.", StatementSense.Asked)]
    public void Read_OtherWordsForNoFinding_MakeNone(string report, StatementSense sense)
    {
        ReportReading reading = ReportParser.Read(report);

        Assert.Empty(reading.Findings);
        Assert.NotEmpty(reading.Denied);
        Assert.All(reading.Denied, statement => Assert.Equal(sense, statement.Sense));
    }

    [Theory]
    // What follows is no part of the denied list.
    [InlineData("No abnormality other than a small left effusion.", "left pleural effusion")]
    [InlineData("Save for mild cardiomegaly there is no abnormality.", "cardiomegaly")]
    [InlineData("No effusion yet consolidation persists in the right upper lobe.", "right upper consolidation")]
    [InlineData("No pneumothorax (left effusion noted).", "left pleural effusion")]
    [InlineData("No consolidation, left basilar atelectasis.", "left base atelectasis")]
    [InlineData("No ptx or effusion, lll atelectasis.", "left lower atelectasis")]
    [InlineData("No pneumothorax, and the lungs show bibasilar atelectasis.", "bibasilar atelectasis")]
    [InlineData("no pneumothorax no effusion left lower lobe consolidation", "left lower consolidation")]
    [InlineData("No pneumothorax.No effusion.Left base atelectasis.", "left base atelectasis")]
    [InlineData("1) no ptx 2) small rt effusion 3) stable cardiomegaly", "right pleural effusion", "cardiomegaly")]
    // The cause of what is not seen.
    [InlineData("The left hemidiaphragm is not seen due to a left effusion.", "left pleural effusion")]
    [InlineData("Absence of lung markings at the right apex indicates pneumothorax.", "right apical pneumothorax")]
    // What has not changed, come back, or is only compared with an earlier image.
    [InlineData("No evidence of progression of the right lower lobe pneumonia.", "right lower pneumonia")]
    [InlineData("On the prior exam there was a right effusion, which persists.", "right pleural effusion")]
    [InlineData("Prior left effusion now moderate in size.", "left pleural effusion")]
    [InlineData("Post pneumonectomy opacification of the left hemithorax.", "left opacity")]
    [InlineData("The right pneumothorax is not seen; the one on the left is larger.", "left pneumothorax")]
    [InlineData("Right upper lobe consolidation persists while that in the left lower lobe has resolved.", "right upper consolidation")]
    public void Read_FindingBesideADenial_IsThere(string report, params string[] prompts) =>
        Assert.Equal(prompts, ReportParser.Read(report).Findings.Select(finding => finding.Prompt.Text));

    [Theory]
    [InlineData("Heart displaced to the right by a left effusion.", "left pleural effusion")]
    [InlineData("A left lateral decubitus view shows the right effusion.", "right pleural effusion")]
    [InlineData("Small right pneumothorax, left chest tube in unchanged position.", "right pneumothorax")]
    [InlineData("Chest tube on the right with small pneumothorax at the left apex.", "left apical pneumothorax")]
    [InlineData("Following right upper lobectomy there is a left effusion.", "left pleural effusion")]
    [InlineData("Opacity previously on the left is now on the right.", "right opacity")]
    [InlineData("Left effusion (previously right).", "left pleural effusion")]
    [InlineData("Left lower lobe pneumonia with a contralateral effusion.", "left lower pneumonia", "right pleural effusion")]
    [InlineData("R. effusion, L. lung clear.", "right pleural effusion")]
    [InlineData("RLZ infiltrate", "right lower opacity")]
    [InlineData("Fluid in the right minor fissure.", "right pleural effusion")]
    [InlineData("Right lung shows both consolidation and effusion.", "right consolidation", "right pleural effusion")]
    public void Read_SidesOfOtherThings_AreNotThoseOfFindings(string report, params string[] prompts) =>
        Assert.Equal(prompts, ReportParser.Read(report).Findings.Select(finding => finding.Prompt.Text));

    [Theory]
    [InlineData("LLL PNA vs. atelectasis.")]
    [InlineData("Atelectasis or early pneumonia at the left base.")]
    [InlineData("It is unclear whether the opacity represents pneumonia.")]
    [InlineData("Cardiomegaly is difficult to assess.")]
    [InlineData("Not diagnostic of pneumonia.")]
    public void Read_OpenQuestions_AreUncertain(string report)
    {
        IReadOnlyList<ReportFinding> findings = ReportParser.Read(report).Findings;

        Assert.NotEmpty(findings);
        Assert.All(findings, finding => Assert.True(finding.IsUncertain));
    }

    [Theory]
    [InlineData("Left breast edema noted.")]
    [InlineData("Oedema of the left arm.")]
    [InlineData("Contrast opacification of the bowel.")]
    [InlineData("Shoulder effusion.")]
    public void Read_SameWordElsewhere_IsNoFinding(string report) => Assert.Empty(ReportParser.Read(report).Findings);

    [Theory]
    [InlineData("Left lower lobe atelectatsis.", "\"atelectatsis\" (atelectasis?)")]
    [InlineData("Rigt lower lobe consolidation.", "\"rigt\" (right?)", 2)]
    [InlineData("Left pneumo.", "pneumothorax or pneumonia")]
    [InlineData("Left, correction right, pleural effusion.", "corrects itself")]
    [InlineData("Effusion: R none, L small", "for each side")]
    [InlineData("Pneumothorax on the right. It has resolved.", "does not name")]
    [InlineData("CHEST: Two views. COMPARISON: none. The heart is enlarged. LUNGS: clear.", "under this heading: COMPARISON")]
    [InlineData("Multiple displaced left rib fractures with an underlying small pneumothorax.", "has no place")]
    [InlineData("Lingular opacity; this is pneumonia.", "has no place")]
    public void Read_WhatIsNotRead_IsSaid(string report, string remark, int remarks = 1)
    {
        ReportReading reading = ReportParser.Read(report);

        Assert.Single(reading.Remarks, said => said.ToString().Contains(remark, StringComparison.Ordinal));
        Assert.Equal(remarks, reading.Remarks.Count);
        Assert.All(
            reading.Findings,
            finding => Assert.DoesNotContain(finding.Locations, place => place.Side is Side.Left or Side.Bilateral)
        );
    }

    [Theory]
    [InlineData("The right hemithorax is opacified. Contrast injection. Infiltrated tissues. Bright, upright, slower.")]
    [InlineData("Bilateral perihilar opacities opacify the midlung; Dr. Wright was told.")]
    public void Read_WordsThatOnlyLookLikeNames_AreNoTypingErrors(string report) => Assert.Empty(ReportParser.Read(report).Remarks);

    [Theory]
    [InlineData("Small le\u00ADft pleural effusion.")]
    [InlineData("Small left pleural e\uFB00usion.")]
    [InlineData("Small\u2009left\u3000pleural\u202Feffusion.")]
    [InlineData("There is a small left\n\npleural effusion.")]
    [InlineData("\uFEFFLeft\u2011sided pleural effusion.")]
    public void Read_UnusualCharactersAndBreaks_AreReadAsUsualOnes(string report) =>
        Assert.Equal("left pleural effusion", Assert.Single(ReportParser.Read(report).Findings).Prompt.Text);

    [Fact]
    public void Read_EmptyLineAfterAWholeStatement_EndsIt() =>
        Assert.Equal(
            "left base atelectasis",
            Assert.Single(ReportParser.Read("FINDINGS:\nPneumothorax: no\n\nleft base atelectasis").Findings).Prompt.Text
        );

    [Fact]
    public void Read_WordCutAtALineEnd_IsOneWordOnlyIfThatIsAName()
    {
        Assert.Equal("left base atelectasis", Assert.Single(ReportParser.Read("Left basal ate-\nlectasis is seen.").Findings).Prompt.Text);
        Assert.Equal("right opacity", Assert.Single(ReportParser.Read("There is a right-\nsided opacity.").Findings).Prompt.Text);
    }
}
