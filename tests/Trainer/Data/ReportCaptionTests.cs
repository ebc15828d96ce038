using CxrOnnx.Core.Tokenization;
using CxrOnnx.Phantom;
using CxrOnnx.Tests;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Settings;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Data;

[Trait("Category", "quick")]
public sealed class ReportCaptionTests
{
    private static readonly DataSettings Data = new()
    {
        TrainingImages = 40,
        ValidationImages = 10,
        FindingCounts = [0.05, 0.6, 0.35],
    };

    private static readonly CaptionSettings Captions = new()
    {
        Dropout = 0.1,
        Report = 1,
        Impression = 0.3,
    };

    [Fact]
    public void Draw_FromReports_GivesSectionsOfTheImagesOwnReport()
    {
        ReportTexts reports = ReportTexts.Of(Data);
        CaptionSampler sampler = new(Captions, reports);
        Random random = new(3);
        int empty = 0,
            impressions = 0,
            withImpression = 0;
        for (int i = 0; i < 3000; i++)
        {
            TrainingRecord record = new() { Index = i, Findings = [] };
            ReportSections own = reports.At(i);
            string caption = sampler.Draw(record, random);
            Assert.Contains(caption, new[] { string.Empty, own.Findings, own.Impression });
            empty += caption.Length == 0 ? 1 : 0;
            withImpression += own.Impression is null ? 0 : 1;
            impressions += caption.Length > 0 && caption == own.Impression ? 1 : 0;
        }

        // Binomial(3000, 0.1) and about Binomial(2400, 0.27): three standard deviations are 49 and 65.
        Assert.InRange(empty, 250, 350);
        Assert.InRange(impressions, (0.27 * withImpression) - 70, (0.27 * withImpression) + 70);
    }

    [Fact]
    public void Whole_WithReports_IsTheFindings()
    {
        ReportTexts reports = ReportTexts.Of(Data);
        TrainingRecord record = new() { Index = 7, Findings = [] };

        Assert.Equal(reports.At(7).Findings, new CaptionSampler(Captions, reports).Whole(record));
        Assert.Equal(string.Empty, new CaptionSampler(new CaptionSettings()).Whole(record));
    }

    [Fact]
    public void Draw_WithoutReports_IsWhatItWasBeforeReportsCouldBeDrawn()
    {
        TrainingRecord record = new()
        {
            Index = 1,
            Findings =
            [
                new()
                {
                    Prompt = "left lower pneumonia",
                    Pathology = "pneumonia",
                    Locations = ["left lower"],
                    Boxes = [],
                },
            ],
        };
        CaptionSettings settings = new();
        Random one = new(5),
            other = new(5);
        CaptionSampler plain = new(settings),
            offered = new(settings, ReportTexts.Of(Data));

        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(plain.Draw(record, one), offered.Draw(record, other)));
        Assert.Equal(one.Next(), other.Next());
    }

    [Fact]
    public void Constructor_ReportsWantedAndNotKnown_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new CaptionSampler(Captions));
    }

    [Fact]
    public void Vocabulary_OfReports_CoversEveryCaptionOfTheRun()
    {
        ClipTokenizer tokenizer = ClipTokenizer.Load(Path.Combine(Fixtures.Repository, "models", "tokenizer"));
        RunSettings settings = new()
        {
            Data = Data,
            Captions = Captions,
            Text = new() { Objective = TextObjective.Language, Reports = 30 },
        };

        CompactVocabulary vocabulary = TrainingVocabulary.Of(tokenizer, settings);

        ReportTexts reports = ReportTexts.Of(Data);
        foreach (long index in new[] { 0L, 39, Data.ValidationStart, settings.Text.ReportsStart + 29 })
        {
            ReportSections sections = reports.At(index);
            Assert.Equal(77, vocabulary.Rows(tokenizer.Encode(sections.Findings).Ids).Length);
            Assert.Equal(77, vocabulary.Rows(tokenizer.Encode(sections.Impression ?? "").Ids).Length);
        }

        Assert.Equal(TrainingVocabulary.Of(tokenizer).Ids, TrainingVocabulary.Of(tokenizer, new RunSettings()).Ids);
        Assert.True(vocabulary.Ids.Count > TrainingVocabulary.Of(tokenizer).Ids.Count);
    }
}
