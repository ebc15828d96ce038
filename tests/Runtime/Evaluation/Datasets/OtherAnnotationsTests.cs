using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

/// <summary>NIH's boxes, the RSNA challenge and PadChest-GR, each in its published layout.</summary>
[Trait("Category", "quick")]
public sealed class OtherAnnotationsTests : IDisposable
{
    private const string NihHead = "Image Index,Finding Label,Bbox [x,y,w,h],,,\n";
    private const string RsnaHead = "patientId,x,y,width,height,Target\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_Nih_MakesPhrasesOfPublishedPictures()
    {
        EvaluationDataset dataset = Load(
            "nih",
            NihHead
                + "00013118_008.png,Atelectasis,225.08,547.02,86.78,79.19,,,\n00013118_008.png,Effusion,600,700,200,150,,,\n"
                + "00000001_000.png,Infiltrate,1,2,30,40,,,\n00000002_000.png,Cardiomegaly,300,500,400,300,,,\n"
        );

        Assert.Equal(["Atelectasis", "Effusion", "Cardiomegaly"], dataset.Cases.Select(item => item.CategoryName));
        Assert.EndsWith(" pleural effusion", dataset.Cases[1].LabelText, StringComparison.Ordinal);
        Assert.Equal("cardiomegaly", dataset.Cases[2].LabelText);
        Assert.Equal(new ImageSize(1024, 1024), dataset.Cases[0].ImageSize);
        Assert.Equal("00013118_008", dataset.Cases[0].ImageId);
        Assert.Contains("Rows of other classes were left out: Infiltrate (1).", dataset.Notes);
        Assert.Equal(3, dataset.ImageIds.Count);
    }

    [Theory]
    [InlineData("a.png,Mass,,2,30,40,,,", "line 2: Bbox [x is empty, a number was expected; fill it in, or remove the row")]
    [InlineData("a.png,Atelectasis,1,2,nan,40,,,", "line 2: w is 'nan', a number was expected; mend it, or remove the row")]
    [InlineData("a.png,Atelectasis,1100,2,30,40,,,", "lies outside of its image, which is 1024x1024 pixels")]
    [InlineData("a.png,,1,2,30,40,,,", "line 2: Finding Label is empty; fill it in, or remove the row")]
    [InlineData("a.png,Atelectasis,1,2,30,40", "line 2: 6 fields, the head has 9")]
    public void Load_WrongNihRow_IsRefused(string row, string expected) => AssertRefused("nih", NihHead + row + "\n", expected);

    [Fact]
    public void Load_Rsna_KeepsImagesWithoutABoxAsNegatives()
    {
        EvaluationDataset dataset = Load(
            "rsna",
            RsnaHead + "n1,,,,,0\np1,264.0,152.0,213.0,379.0,1\np1,562.0,152.0,256.0,453.0,1\np1,562.0,152.0,256.0,453.0,1\n"
        );

        EvaluationCase item = Assert.Single(dataset.Cases);
        Assert.Equal(("Pneumonia", 2), (item.CategoryName, item.Boxes.Count));
        Assert.EndsWith(" pneumonia", item.LabelText, StringComparison.Ordinal);
        Assert.Equal(["n1", "p1"], dataset.ImageIds);
        Assert.Contains("1 row repeats the box of an earlier row of the same phrase and is counted once.", dataset.Notes);
    }

    [Theory]
    [InlineData("p1,,,,,1\n", "line 2: x is empty, a number was expected")]
    [InlineData("p1,1,2,30,40,0\n", "line 2: Target is 0, no pneumonia, but there is a box; mend Target, or empty the box")]
    [InlineData("p1,1,2,30,40,2\n", "line 2: Target is '2', 0 or 1 was expected")]
    [InlineData("p1,1,2,30,40,1\np1,,,,,0\n", "line 3: Target of p1 is 0 here and 1 in line 2; mend the wrong one")]
    [InlineData(",1,2,30,40,1\n", "line 2: patientId is empty")]
    [InlineData("p1,2000,2,30,40,1\n", "line 2: the box (x 2000, y 2, width 30, height 40) lies outside of its image")]
    public void Load_WrongRsnaRow_IsRefused(string rows, string expected) => AssertRefused("rsna", RsnaHead + rows, expected);

    [Fact]
    public void Load_PadChest_ScalesBoxesAndLeavesOutSentencesWithout()
    {
        EvaluationDataset dataset = Load("padchest-gr", PadChest("[[0.1, 0.2, 0.5, 0.6], [0.1, 0.2, 0.5, 0.6], [0.6, 0.2, 1.0, 0.6]]"));

        Assert.Equal(["Bilateral pleural effusion.", "Old rib fracture."], dataset.Cases.Select(item => item.LabelText));
        Assert.Equal(["pleural effusion", "callus rib fracture"], dataset.Cases.Select(item => item.CategoryName));
        Assert.Equal(2, dataset.Cases[0].Boxes.Count);
        PixelBox box = dataset.Cases[0].Boxes[0];
        Assert.Equal([20, 80, 80, 160], [Math.Round(box.X, 6), Math.Round(box.Y, 6), Math.Round(box.Width, 6), Math.Round(box.Height, 6)]);
        Assert.Equal(["study1_a", "study2_b"], dataset.ImageIds);
        Assert.Contains("2 of 4 sentences have boxes and are the cases; 2 have none", dataset.Notes[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[0.1, 0.2, 0.5]]", "[0] findings[0]: the box is [0.1, 0.2, 0.5], four numbers (x1, y1, x2, y2) were expected")]
    [InlineData(
        "[[10, 20, 50, 60]]",
        "[0] findings[0]: the box (x1 10, y1 20, x2 50, y2 60) is not within 0 to 1; boxes of this data set are shares"
    )]
    [InlineData(
        "[[0.5, 0.2, 0.1, 0.6]]",
        "[0] findings[0]: x2 is 0.1 and x1 is 0.5; x2 must be larger (are the corners in the wrong order?)"
    )]
    [InlineData("[[NaN, 0.2, 0.1, 0.6]]", "not valid JSON")]
    [InlineData("\"none\"", "[0] findings[0]: boxes is \"none\", a list was expected")]
    [InlineData("[[0.1, 0.2, 0.5, 0.6]], \"sentence_en\": \"\"", "[0] findings[0]: has sentence_en twice")]
    public void Load_WrongPadChestEntry_IsRefused(string boxes, string expected) => AssertRefused("padchest-gr", PadChest(boxes), expected);

    [Fact]
    public void Load_PadChestSentenceWithoutWords_IsRefused() =>
        AssertRefused(
            "padchest-gr",
            PadChest("[[0.1, 0.2, 0.5, 0.6]]").Replace("Bilateral pleural effusion.", "", StringComparison.Ordinal),
            "[0] findings[0]: sentence_en is empty or no text; fill it in"
        );

    [Theory]
    [InlineData("padchest-gr", "{}", "is no list of studies")]
    [InlineData("rsna", "patientId,x\n", "no column y, width, height, Target")]
    [InlineData("nih", "a,b\n", "no column Image Index, Finding Label")]
    public void Load_OtherFile_IsRefused(string name, string text, string expected) => AssertRefused(name, text, expected);

    [Theory]
    [InlineData("nih")]
    [InlineData("rsna")]
    public void Load_SplitOrLabelsOfAnotherDataSet_AreRefused(string name)
    {
        DatasetSource source = new(name, "x.csv");

        Assert.Contains("`split`: the annotations of", Message(source with { Splits = ["test"] }), StringComparison.Ordinal);
        Assert.Contains("`image-labels` belong to vindr-cxr", Message(source with { ImageLabels = "l.csv" }), StringComparison.Ordinal);
    }

    private static string PadChest(string boxes) =>
        $$"""
            [{"StudyID": "1", "ImageID": "study1_a.png", "PreviousStudyID": null, "findings": [
               {"sentence_es": "Derrame.", "sentence_en": "Bilateral pleural effusion.", "abnormal": true, "extra_boxes": [],
                "labels": ["costophrenic angle blunting", "Pleural effusion"], "locations": ["left"], "boxes": {{boxes}} },
               {"sentence_en": "Heart of normal size.", "abnormal": false}]},
             {"StudyID": "2", "ImageID": "study2_b.png", "findings": [
               {"sentence_en": "Old rib fracture.", "abnormal": true, "labels": ["callus rib fracture"], "boxes": [[0.1, 0.1, 0.2, 0.2]]},
               {"sentence_en": "Scoliosis.", "abnormal": true, "labels": ["scoliosis"], "boxes": []}]}]
            """;

    private static string Message(DatasetSource source) =>
        Assert.Throws<InputException>(() => EvaluationDataset.Load(source, _ => null, LocationAtlas.Default)).Message;

    private void AssertRefused(string name, string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Load(name, text)).Message, StringComparison.Ordinal);

    private EvaluationDataset Load(string name, string text) =>
        EvaluationDataset.Load(
            new DatasetSource(name, _folder.WritePacked("annotations", text)),
            _ => new ImageSize(200, 400),
            LocationAtlas.Default
        );
}
