using CxrOnnx.Phantom;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Phantom;

[Trait("Category", "quick")]
public sealed class ReportSectionsTests
{
    [Theory]
    [InlineData(
        "INDICATION: Chest pain, evaluate for left pneumothorax.\nFINDINGS: The lungs are clear. No effusion.\nIMPRESSION: As above.\n",
        "The lungs are clear. No effusion.",
        "As above."
    )]
    [InlineData("FINDINGS: Right effusion.\n", "Right effusion.", null)]
    [InlineData("FINDINGS: Two things.\nIMPRESSION: \n1. Small effusion.\n2. Edema.\n", "Two things.", "1. Small effusion. 2. Edema.")]
    public void Of_AReport_TakesFindingsAndImpressionApart(string report, string findings, string? impression)
    {
        Assert.Equal(new ReportSections(findings, impression), ReportSections.Of(report));
    }

    [Fact]
    public void Of_AnotherText_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => ReportSections.Of("IMPRESSION: Clear lungs."));
    }

    [Fact]
    public void Of_ManyReports_LeavesOutWhatWasAskedAndCompared()
    {
        PhantomGenerator generator = new(PhantomSettings.HospitalA);
        ReportSections[] all = [.. Enumerable.Range(0, 300).Select(index => ReportSections.Of(generator.Write(index).Report))];

        Assert.All(all, sections => Assert.NotEmpty(sections.Findings));
        Assert.Contains(all, sections => sections.Impression is null);
        foreach (string word in new[] { "INDICATION", "COMPARISON", "FINDINGS", "IMPRESSION", "\n" })
        {
            Assert.All(
                all,
                sections => Assert.DoesNotContain(word, $"{sections.Findings} {sections.Impression}", StringComparison.Ordinal)
            );
        }
    }
}
