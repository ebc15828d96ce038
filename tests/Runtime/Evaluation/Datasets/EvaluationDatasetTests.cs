using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

[Trait("Category", "quick")]
public sealed class EvaluationDatasetTests : IDisposable
{
    private const string MsCxr = """
        category_name,label_text,path,x,y,w,h,image_width,image_height,dicom_id
        Pneumonia,"opacity, left ""lower"" lobe",files/p10/p1/s1/aaa.jpg,10,20,30,40,200,100,aaa
        Edema,edema,files/p10/p1/s2/bbb.jpg,1,2,3,4,50,60,bbb
        Pneumonia,"opacity, left ""lower"" lobe",files/p10/p1/s1/aaa.jpg,15,25,35,45,200,100,aaa
        Pneumothorax,right apical pneumothorax,files/p10/p1/s1/aaa.jpg,5,6,7,8,200,100,aaa
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_MsCxr_GroupsBoxesOfOnePhraseInFileOrder()
    {
        EvaluationDataset dataset = Load("ms-cxr", MsCxr);

        Assert.Equal(["aaa", "aaa", "bbb"], dataset.Cases.Select(item => item.ImageId));
        EvaluationCase first = dataset.Cases[0];
        Assert.Equal("opacity, left \"lower\" lobe", first.LabelText);
        Assert.Equal([new PixelBox(10, 20, 30, 40), new PixelBox(15, 25, 35, 45)], first.Boxes);
        Assert.Equal(new ImageSize(200, 100), first.ImageSize);
        Assert.Equal("files/p10/p1/s1/aaa.jpg", first.ImagePath);
        Assert.Equal("Pneumothorax", dataset.Cases[1].CategoryName);
    }

    [Fact]
    public void Load_WithoutDicomId_TakesTheFileName()
    {
        string text = string.Join('\n', MsCxr.ReplaceLineEndings("\n").Split('\n').Select(line => line[..line.LastIndexOf(',')]));

        Assert.Equal(["aaa", "aaa", "bbb"], Load("phantom", text).Cases.Select(item => item.ImageId));
    }

    [Fact]
    public void Load_VinDr_MakesPhrasesOfTheNearestLocations()
    {
        // The image is 1024 wide and 2048 high: the model sees rows 512 to 1535, half of their size.
        LocationGaussian rightLower = LocationAtlas.Default[AnatomicalRegion.RightLowerLungZone];
        (double halfWidth, double halfHeight) = (3 * rightLower.SigmaX, 3 * rightLower.SigmaY);
        double[] corners =
        [
            2 * (rightLower.MuX - halfWidth),
            512 + (2 * (rightLower.MuY - halfHeight)),
            2 * (rightLower.MuX + halfWidth),
            512 + (2 * (rightLower.MuY + halfHeight)),
        ];
        string box = string.Join(',', corners.Select(corner => FormattableString.Invariant($"{corner}")));
        string text = $"""
            image_id,class_name,rad_id,x_min,y_min,x_max,y_max
            v1,Consolidation,R1,{box}
            v1,Nodule/Mass,R1,1,2,3,4
            v2,No finding,R1,,,,
            v1,Cardiomegaly,R1,400,1000,800,1300
            """;

        EvaluationDataset dataset = Load("vindr-cxr", text, id => id == "v1" ? new ImageSize(1024, 2048) : null);

        Assert.Equal(["right lower consolidation", "cardiomegaly"], dataset.Cases.Select(item => item.LabelText));
        Assert.Contains("No finding (1), Nodule/Mass (1)", string.Join(' ', dataset.Notes));
    }

    [Theory]
    [InlineData("ms-cxr", "a,b\n1,2\n", "no column category_name, label_text, x, y, w, h; it has a, b")]
    [InlineData("ms-cxr", "", "is empty")]
    [InlineData(
        "ms-cxr",
        "category_name,label_text,path,x,y,w,h,image_width,image_height\nA,b,c.png,1,2,x,4,5,6\n",
        "line 2: w is 'x', a number was expected"
    )]
    [InlineData(
        "ms-cxr",
        "category_name,label_text,path,x,y,w,h,image_width,image_height\nA,b,c.png,1,2,3,4,0,6\n",
        "line 2: image_width is '0', a whole number of pixels was expected"
    )]
    [InlineData(
        "ms-cxr",
        "category_name,label_text,path,x,y,w,h\nA,b,c.png,1,2,3,4\n",
        "line 2: the size of image c is not known; give `image-sizes`"
    )]
    [InlineData("ms-cxr", "category_name,label_text,x,y,w,h\nA,b,1,2,3,4\n", "no column dicom_id, image_id or path")]
    [InlineData("ms-cxr", "category_name,label_text,path,x,y,w,h\nA,b\n", "line 2: 2 fields, the head has 7")]
    [InlineData("ms-cxr", "category_name,\"label", "line 1: a quoted field does not end")]
    [InlineData("ms-cxr", "category_name,label_text,path,x,y,w,h\n", "holds no boxes to evaluate")]
    [InlineData("vindr-cxr", "image_id,class_name\n", "no column x_min, y_min, x_max, y_max")]
    [InlineData(
        "other",
        "a\n",
        "data set 'other' is not known; known are ms-cxr, vindr-cxr, nih, rsna, padchest-gr, chexlocalize, phantom"
    )]
    public void Load_WrongFile_IsRefusedWithTheReason(string name, string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Load(name, text)).Message);

    [Theory]
    [InlineData("1,2,0,4", "line 2: w is 0; a box has a size above 0")]
    [InlineData("1,2,3,-4", "line 2: h is -4; a box has a size above 0")]
    [InlineData("NaN,2,3,4", "line 2: x is 'NaN', a number was expected")]
    [InlineData("1,2,Infinity,4", "line 2: w is 'Infinity', a number was expected")]
    [InlineData("1,\"2,5\",3,4", "line 2: y is '2,5', a number was expected (with a point before decimals")]
    [InlineData("\"1,024\",2,3,4", "line 2: x is '1,024', a number was expected (with a point before decimals")]
    [InlineData("50,2,3,4", "line 2: the box (x 50, y 2, w 3, h 4) lies outside of its image, which is 50x60 pixels")]
    [InlineData("-9,2,3,4", "lies outside of its image")]
    [InlineData(
        "0.1,0.2,0.3,0.4",
        "line 2: the box (x 0.1, y 0.2, w 0.3, h 0.4) lies within one pixel; coordinates from 0 to 1 are shares"
    )]
    public void Load_BoxThatCannotBe_IsRefusedWithItsLine(string box, string expected) =>
        AssertRefused("ms-cxr", $"category_name,label_text,path,x,y,w,h,image_width,image_height\nA,b,c.png,{box},50,60\n", expected);

    [Theory]
    [InlineData("30,20,10,40", "line 2: x_max is 10 and x_min is 30; x_max must be larger (are the corners in the wrong order?)")]
    [InlineData("10,40,30,20", "line 2: y_max is 20 and y_min is 40; y_max must be larger")]
    [InlineData("0.1,0.2,0.3,0.4", "lies within one pixel")]
    [InlineData("300,20,310,40", "lies outside of its image")]
    public void Load_CornersThatCannotBe_AreRefusedWithTheirLine(string corners, string expected) =>
        AssertRefused("vindr-cxr", $"image_id,class_name,x_min,y_min,x_max,y_max\na,Consolidation,{corners}\n", expected);

    [Theory]
    [InlineData("A,,c.png,1,2,3,4,50,60", "line 2: label_text is empty")]
    [InlineData(",b,c.png,1,2,3,4,50,60", "line 2: category_name is empty")]
    [InlineData("A,b,,1,2,3,4,50,60", "line 2: path is empty")]
    [InlineData("A,b,c.png,1,2,3,4,50,60\nA,d,c.png,1,2,3,4,60,50", "line 3: image c is 60x50 pixels here and 50x60 in line 2")]
    public void Load_RowThatCannotBe_IsRefusedWithItsLine(string rows, string expected) =>
        AssertRefused("ms-cxr", $"category_name,label_text,path,x,y,w,h,image_width,image_height\n{rows}\n", expected);

    [Fact]
    public void Load_RepeatedRowAndBoxOverTheEdge_AreKeptOnceAndCounted()
    {
        const string row = "A,b,c.png,45,2,8.5,4,50,60\n";
        EvaluationDataset dataset = Load("ms-cxr", $"category_name,label_text,path,x,y,w,h,image_width,image_height\n{row}{row}");

        Assert.Equal(new PixelBox(45, 2, 8.5, 4), Assert.Single(Assert.Single(dataset.Cases).Boxes));
        Assert.Equal(
            [
                "1 row repeats the box of an earlier row of the same phrase and is counted once.",
                "1 box reaches beyond the image, by 3.5 pixels at most; the part inside counts.",
            ],
            dataset.Notes
        );
    }

    [Fact]
    public void LoadSizes_TwoSizesOfAnImage_AreRefused() =>
        Assert.Contains(
            "line 3: image a is 4x3 pixels here and 3x4 in line 2",
            Assert
                .Throws<InputException>(() =>
                    EvaluationDataset.LoadSizes(_folder.Write("sizes.csv", "image_id,width,height\na,3,4\na.png,4,3\n"))
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Load_VinDrImageThatTheFolderLacks_SaysThatTheFileIsMissing()
    {
        string images = Directory.CreateDirectory(_folder.File("images")).FullName;
        DatasetSource source = new(
            "vindr-cxr",
            _folder.Write("annotations.csv", "image_id,class_name,rad_id,x_min,y_min,x_max,y_max\nv1,Consolidation,R1,10,20,300,400\n")
        );

        string message = Assert
            .Throws<InputException>(() => AnnotatedImages.Load(source, new ImageFolder(images), LocationAtlas.Default))
            .Message;

        Assert.EndsWith($"line 2: {images} has no image v1; add the file, or leave its rows out", message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadSizes_File_GivesSizesById()
    {
        IReadOnlyDictionary<string, ImageSize> sizes = EvaluationDataset.LoadSizes(
            _folder.Write("sizes.csv", "\uFEFFimage_id,width,height\r\na.dicom,30,20\r\n")
        );

        Assert.Equal(new ImageSize(30, 20), sizes["a"]);
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => EvaluationDataset.LoadSizes("no-such.csv")).Message);
    }

    private void AssertRefused(string name, string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<InputException>(() => Load(name, text, _ => new ImageSize(200, 200))).Message,
            StringComparison.Ordinal
        );

    private EvaluationDataset Load(string name, string text, Func<string, ImageSize?>? sizeOf = null) =>
        EvaluationDataset.Load(
            new DatasetSource(name, _folder.Write("annotations.csv", text)),
            sizeOf ?? (_ => null),
            LocationAtlas.Default
        );
}
