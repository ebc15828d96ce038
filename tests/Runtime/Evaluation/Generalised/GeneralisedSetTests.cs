using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Generalised;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Generalised;

[Trait("Category", "quick")]
public sealed class GeneralisedSetTests
{
    private const string Study = """
        {"StudyID": "s1", "ImageID": "img-1.png", "findings": [
          {"sentence_en": "Small left pleural effusion.", "abnormal": true, "labels": ["pleural effusion"],
           "boxes": [[0.5, 0.5, 0.75, 1.0], [0.1, 0.5, 0.2, 1.0]], "extra_boxes": [[0.5, 0.4, 0.75, 1.0]]},
          {"sentence_en": "No pneumothorax.", "abnormal": false, "labels": [], "boxes": []},
          {"sentence_en": "Scoliosis.", "abnormal": true, "labels": ["scoliosis"], "boxes": []}]}
        """;

    private static string Samples => Path.Combine(Fixtures.Repository, "models", "samples");

    private static GeneralisedSet Phantom() =>
        GeneralisedSet.Load(new DatasetSource("phantom", Path.Combine(Samples, "annotations.csv")), Samples, LocationAtlas.Default, 1);

    private static GeneralisedSet PadChest(TemporaryFolder folder, string json) =>
        GeneralisedSet.Load(
            new DatasetSource("padchest-gr", folder.Write("grounded.json", json))
            {
                Sizes = folder.Write("sizes.csv", "image_id,width,height\nimg-1,200,400\n"),
            },
            null,
            LocationAtlas.Default,
            1
        );

    [Fact]
    public void Load_Phantom_AsksForFindingsForForeignPhrasesAndDenials()
    {
        GeneralisedSet set = Phantom();

        GeneralisedCase own = Assert.Single(
            set.Cases,
            item => item.Phrase is { ImageId: "left-lower-pneumonia", LabelText: "left lower pneumonia" }
        );
        Assert.Equal((PhraseKind.Supported, new PixelBox(521, 523, 154, 200)), (own.Kind, Assert.Single(own.Phrase.Boxes)));
        Assert.Equal(
            PhraseKind.OtherSide,
            set.Cases.Single(item => item.Phrase is { ImageId: "left-lower-pneumonia", LabelText: "right lower pneumonia" }).Kind
        );
        Assert.All(set.Cases, item => Assert.Equal(item.IsSupported, item.Phrase.Boxes.Count > 0));
        Assert.DoesNotContain(set.Cases, item => item.Phrase.ImageId == "normal" && item.IsSupported);
        Assert.All(
            set.Cases.Where(item => item.Kind == PhraseKind.Denied),
            item => Assert.StartsWith("no ", item.Phrase.LabelText, StringComparison.Ordinal)
        );
        Assert.Equal(set.Cases.Count, set.Cases.Select(item => item.Phrase.Key).Distinct().Count());
        Assert.Equal(
            set.Cases.Select(item => item.Phrase.ImageId).Distinct(),
            set.Cases.Select(item => item.Phrase.ImageId)
                .Aggregate(
                    new List<string>(),
                    (seen, id) =>
                    {
                        if (seen.Count == 0 || seen[^1] != id)
                        {
                            seen.Add(id);
                        }

                        return seen;
                    }
                )
        );
    }

    [Fact]
    public void Load_PadChestGr_HasSentencesWithBoxesInPixelsAndSentencesWithout()
    {
        using TemporaryFolder folder = new();
        GeneralisedSet set = PadChest(folder, $"[{Study}]");

        Assert.Equal([PhraseKind.Supported, PhraseKind.Denied], set.Cases.Select(item => item.Kind));
        Assert.Equal("img-1", set.Cases[0].Phrase.ImageId);
        Assert.Equal("pleural effusion", set.Cases[0].Phrase.CategoryName);
        Assert.Equal([new PixelBox(100, 200, 50, 200), new PixelBox(20, 200, 20, 200)], set.Cases[0].Phrase.Boxes);
        Assert.Equal(
            ["1 abnormal sentence has no boxes and were left out.", "1 boxes of second readers (extra_boxes) were not used."],
            set.Notes
        );
    }

    [Fact]
    public void Load_PadChestGrSentenceTwiceInAStudy_IsOnePhraseWithBothBoxes()
    {
        using TemporaryFolder folder = new();
        const string finding = """{"sentence_en": "Nodule.", "abnormal": true, "labels": ["nodule"], "boxes": [[0.1, 0.1, 0.2, 0.2]]}""";
        GeneralisedSet set = PadChest(
            folder,
            $$"""[{"ImageID": "img-1", "findings": [{{finding}}, {{finding.Replace("0.2, 0.2", "0.3, 0.2", StringComparison.Ordinal)}}]}]"""
        );

        Assert.Equal(2, Assert.Single(set.Cases).Phrase.Boxes.Count);
    }

    [Theory]
    [InlineData("{}", "is no list of studies")]
    [InlineData("[", "not valid JSON")]
    [InlineData("""[{"findings": []}]""", "[0]: ImageID is empty or no text")]
    [InlineData("""[{"ImageID": "img-1"}]""", "[0]: has no findings")]
    [InlineData("""[{"ImageID": "other", "findings": [{"sentence_en": "x"}]}]""", "[0] findings[0]: the size of image other is not known")]
    [InlineData("""[{"ImageID": "img-1", "findings": [{"boxes": []}]}]""", "[0] findings[0]: sentence_en is empty or no text")]
    [InlineData("""[{"ImageID": "img-1", "findings": [{"sentence_en": " ", "boxes": []}]}]""", "[0] findings[0]: sentence_en is empty")]
    [InlineData(
        """[{"ImageID": "img-1", "findings": [{"sentence_en": "x", "abnormal": true, "boxes": [[10, 20, 30, 40]]}]}]""",
        "[0] findings[0]: the box (x1 10, y1 20, x2 30, y2 40) is not within 0 to 1; boxes of this data set are shares of the image"
    )]
    [InlineData(
        """[{"ImageID": "img-1", "findings": [{"sentence_en": "x", "abnormal": true, "boxes": [[0.5, 0.1, 0.4, 0.2]]}]}]""",
        "[0] findings[0]: x2 is 0.4 and x1 is 0.5; x2 must be larger"
    )]
    [InlineData("""[{"ImageID": "img-1", "findings": [{"sentence_en": "x", "boxes": []}]}]""", "no phrase has a region")]
    public void Load_WrongPadChestGr_SaysWhereAndWhat(string json, string message)
    {
        using TemporaryFolder folder = new();

        Assert.Contains(message, Assert.Throws<InputException>(() => PadChest(folder, json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DataSetThatSaysOnlyWhatIsThere_IsRefused() =>
        Assert.Contains(
            "needs phrases without a region; known are phantom, padchest-gr",
            Assert
                .Throws<InputException>(() => GeneralisedSet.Load(new DatasetSource("ms-cxr", "x.csv"), Samples, LocationAtlas.Default, 1))
                .Message,
            StringComparison.Ordinal
        );
}
