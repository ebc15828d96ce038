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
    [InlineData("other", "a\n", "data set 'other' is not known; known are ms-cxr, vindr-cxr, phantom")]
    public void Load_WrongFile_IsRefusedWithTheReason(string name, string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => Load(name, text)).Message);

    [Fact]
    public void LoadSizes_File_GivesSizesById()
    {
        IReadOnlyDictionary<string, ImageSize> sizes = EvaluationDataset.LoadSizes(
            _folder.Write("sizes.csv", "\uFEFFimage_id,width,height\r\na.dicom,30,20\r\n")
        );

        Assert.Equal(new ImageSize(30, 20), sizes["a"]);
        Assert.Contains("cannot be read", Assert.Throws<InputException>(() => EvaluationDataset.LoadSizes("no-such.csv")).Message);
    }

    private EvaluationDataset Load(string name, string text, Func<string, ImageSize?>? sizeOf = null) =>
        EvaluationDataset.Load(name, _folder.Write("annotations.csv", text), sizeOf ?? (_ => null), LocationAtlas.Default);
}
