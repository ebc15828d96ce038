using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

[Trait("Category", "quick")]
public sealed class VinDrAnnotationsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_SeveralReaders_AreMergedByTheReferencesRule()
    {
        EvaluationDataset dataset = Load(
            "image_id,rad_id,class_name,x_min,y_min,x_max,y_max\n"
                + "a,R8,Consolidation,100,100,200,300\n"
                + "a,R9,Consolidation,105,100,210,300\n"
                + "a,R10,consolidation,100,105,200,295\n"
                + "a,R9,Consolidation,600,600,700,700\n"
                + "a,R10,Consolidation,690,690,790,790\n"
                + "b,R8,No finding,,,,\nb,R9,No finding,,,,\nb,R10,No finding,,,,\n"
        );

        Assert.Equal(
            [new PixelBox(105, 100, 105, 200), new PixelBox(600, 600, 100, 100), new PixelBox(690, 690, 100, 100)],
            Assert.Single(dataset.Cases).Boxes
        );
        Assert.Equal(["a", "b"], dataset.ImageIds);
        Assert.Contains(
            "2 images were read by several readers (3 in all). Their boxes of one class are merged as in the reference: of two with an "
                + "intersection over union of 0.55 or more only the larger counts. 5 boxes became 3, 2 of which one reader drew alone.",
            dataset.Notes
        );
    }

    [Fact]
    public void Load_TestPart_IsNotMerged() =>
        Assert.Equal(
            2,
            Load("image_id,class_name,x_min,y_min,x_max,y_max\na,Edema,100,100,200,300\na,Edema,105,100,210,300\n").Cases[0].Boxes.Count
        );

    [Theory]
    [InlineData(
        "a,R1,No finding,,,,\na,R1,Edema,1,1,20,30\n",
        "line 3: Edema on image a, for which line 2 says No finding; mend the wrong one"
    )]
    [InlineData("a,R1,ILD,1,1,20,30\nA,R1,no finding,,,,\n", "line 3: no finding on image a, for which line 2 says a finding")]
    public void Load_ReaderWhoSaysBoth_IsRefused(string rows, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => Load("image_id,rad_id,class_name,x_min,y_min,x_max,y_max\n" + rows)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Load_BoxOfALargerCopyOfTheImage_IsRefused() =>
        Assert.Contains(
            "line 2: only 12.5 % of the box (x_min 750, y_min 600, x_max 1750, y_max 1800) lie inside of its image, which is 1000x1200",
            Assert.Throws<InputException>(() => Load("image_id,class_name,x_min,y_min,x_max,y_max\na,Edema,750,600,1750,1800\n")).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Load_ImageLabels_MakePneumoniasOfInfiltrationAndInterstitialDisease()
    {
        const string boxes =
            "image_id,class_name,x_min,y_min,x_max,y_max\n"
            + "a,Infiltration,100,100,200,300\na,ILD,500,100,600,300\na,Consolidation,100,500,200,600\nb,ILD,100,100,200,300\n"
            + "c,No finding,,,,\nd,Edema,100,100,200,300\n";
        string labels = _folder.WritePacked("labels.csv", "\uFEFFimage_id,pneumonia,Other\r\nA,1.0,0\r\nb,0,1\r\nc,1,0\r\n");

        EvaluationDataset dataset = Load(boxes, labels);

        Assert.Equal(["Pneumonia", "Consolidation", "Edema"], dataset.Cases.Select(item => item.CategoryName));
        Assert.Equal(2, dataset.Cases[0].Boxes.Count);
        Assert.Equal(["a", "b", "d"], dataset.ImageIds);
        string notes = string.Join('\n', dataset.Notes);
        Assert.Contains(
            "labels.csv labels as pneumonia (by more than half of its readers); 1 of 2 such images have one",
            notes,
            StringComparison.Ordinal
        );
        Assert.Contains("1 annotated images are not in that file", notes, StringComparison.Ordinal);
        Assert.Contains("Rows of other classes were left out: ILD (1), No finding (1).", notes, StringComparison.Ordinal);
        Assert.Contains("The data set has no boxes of a pneumonia", string.Join('\n', Load(boxes).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ImageLabelsOfSeveralReaders_AreVotes()
    {
        const string boxes = "image_id,class_name,x_min,y_min,x_max,y_max\na,ILD,1,1,20,30\nb,ILD,1,1,20,30\n";
        const string labels = "image_id,rad_id,Pneumonia\na,R1,1\na,R2,0\na,R3,1\nb,R1,1\nb,R1,1\nb,R2,0\nb,R3,0\n";

        Assert.Equal(["a"], Load(boxes, _folder.Write("labels.csv", labels)).Cases.Select(item => item.ImageId));
    }

    [Theory]
    [InlineData("image_id,Pneumonia\na,2\n", "labels.csv line 2: Pneumonia is '2', 0 or 1 was expected")]
    [InlineData("image_id,Pneumonia\na,nan\n", "labels.csv line 2: Pneumonia is 'nan', a number was expected; mend it, or remove the row")]
    [InlineData("image_id,Tuberculosis\na,0\n", "labels.csv: no column Pneumonia")]
    public void Load_WrongImageLabels_AreRefused(string labels, string expected) =>
        Assert.Contains(
            expected,
            Assert
                .Throws<InputException>(() =>
                    Load("image_id,class_name,x_min,y_min,x_max,y_max\na,Edema,1,1,20,30\n", _folder.Write("labels.csv", labels))
                )
                .Message,
            StringComparison.Ordinal
        );

    private EvaluationDataset Load(string text, string? labels = null) =>
        EvaluationDataset.Load(
            new DatasetSource("vindr-cxr", _folder.Write("annotations.csv", text)) { ImageLabels = labels },
            _ => new ImageSize(1000, 1200),
            LocationAtlas.Default
        );
}
