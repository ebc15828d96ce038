using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Tests;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

[Trait("Category", "quick")]
public sealed class PhraseAnnotationsTests : IDisposable
{
    private const string Csv =
        "dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split\n"
        + "aaa,Pneumonia,\"opacity, left lower lobe\",files/p10/p10000001/s50000001/aaa.jpg,10,20,30,40,200,100,train\n"
        + "aaa,Lung Opacity,\"opacity, left lower lobe\",files/p10/p10000001/s50000001/aaa.jpg,15,25,35,45,200,100,train\n"
        + "bbb,Edema,mild edema,files/p10/p10000002/s50000002/bbb.jpg,1,2,3,4,50,60,test\n"
        + "bbb,Pneumothorax,a line is seen,files/p10/p10000002/s50000002/bbb.jpg,5,6,7,8,50,60,test\n";

    private const string Json = """
        {"info": {}, "categories": [{"id": 1, "name": "Pneumonia"}, {"id": 2, "name": "Lung Opacity"}, {"id": 3, "name": "Edema"},
          {"id": 4, "name": "Pneumothorax"}],
         "images": [
          {"id": 0, "file_name": "aaa.jpg", "width": 200, "height": 100, "path": "files/p10/p10000001/s50000001/aaa.jpg"},
          {"id": 7, "file_name": "bbb.jpg", "width": 50, "height": 60, "path": "files/p10/p10000002/s50000002/bbb.jpg"}],
         "annotations": [
          {"id": 0, "image_id": 0, "category_id": 1, "bbox": [10, 20, 30, 40], "label_text": ["opacity, left lower lobe"],
           "split": "train"},
          {"id": 1, "image_id": 0, "category_id": 2, "bbox": [15, 25, 35, 45], "label_text": "opacity, left lower lobe", "split": "train"},
          {"id": 2, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4], "label_text": ["mild edema"], "split": "test"},
          {"id": 3, "image_id": 7, "category_id": 4, "bbox": [5.0, 6.0, 7, 8], "label_text": ["a line is seen"], "split": "test"}]}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_BoxesOfOneImageAndPhrase_AreOneCaseOfTheFirstClass()
    {
        EvaluationDataset dataset = Load(Csv);

        Assert.Equal(3, dataset.Cases.Count);
        Assert.Equal("Pneumonia", dataset.Cases[0].CategoryName);
        Assert.Equal([new PixelBox(10, 20, 30, 40), new PixelBox(15, 25, 35, 45)], dataset.Cases[0].Boxes);
        Assert.Contains(
            "Boxes of one image and phrase are one case, as in the reference. 1 cases have boxes of several classes",
            dataset.Notes[0],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Load_CocoJson_GivesTheCasesOfTheCsv()
    {
        static string Shown(EvaluationDataset dataset) =>
            string.Join('\n', dataset.Cases.Select(item => $"{item.Key} {item.ImageSize} {item.ImagePath} {string.Join(' ', item.Boxes)}"));

        Assert.Equal(Shown(Load(Csv)), Shown(Load(Json)));
        Assert.Equal(Shown(Load(Csv, "test")), Shown(Load(Json, "TEST")));
        Assert.Equal(Shown(Load(Csv)), Shown(Load(_ => _folder.WritePacked("packed.csv", "\uFEFF" + Json.Replace("\n", "\r\n")))));
    }

    [Fact]
    public void Load_OtherOrderCaseAndMarks_GivesTheSameCases()
    {
        string[] rows = Csv.TrimEnd().Split('\n');
        string text =
            "\uFEFFSPLIT,extra,LABEL_TEXT,Category_Name,Dicom_ID,H,W,Y,X,image_height,image_width\r\n"
            + "Test,1,mild edema,EDEMA,\"bbb.jpg\",4,3,2,1,60,50\r\n"
            + "test,2,other edema,Edema,BBB,4,3,2,2,60,50\r\n";

        EvaluationDataset dataset = Load(_ => _folder.WritePacked("a.csv", text), "test");

        Assert.Equal(["bbb", "bbb"], dataset.Cases.Select(item => item.ImageId));
        Assert.Equal(["EDEMA", "EDEMA"], dataset.Cases.Select(item => item.CategoryName));
        Assert.Equal(new PixelBox(1, 2, 3, 4), dataset.Cases[0].Boxes[0]);
        Assert.Equal(5, rows.Length);
    }

    [Fact]
    public void Load_Split_KeepsItsRowsAndSaysSo()
    {
        EvaluationDataset dataset = Load(Csv, "test");

        Assert.Equal(["bbb"], dataset.ImageIds);
        Assert.Contains("Split test: 2 of the file's 4 boxes.", dataset.Notes);
    }

    [Fact]
    public void Load_SubsetOfPhrasesWithAPlace_LeavesOutThoseWithout()
    {
        EvaluationDataset dataset = Load(
            Csv + "ccc,Cardiomegaly,enlarged heart,c.jpg,1,2,3,4,50,60,val\nccc,Effusion,left effusion,c.jpg,1,2,3,4,50,60,val\n",
            "loc"
        );

        Assert.Equal(["opacity, left lower lobe", "mild edema", "enlarged heart"], dataset.Cases.Select(item => item.LabelText));
        Assert.Contains("Subset loc (MS-CXR-loc as we read it): 3 of 5 phrases", string.Join(' ', dataset.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SplitThatIsNotThere_NamesThoseThatAre()
    {
        Assert.Contains("`split` dev: ", Refused(Csv, "dev"), StringComparison.Ordinal);
        Assert.Contains("has test, train, and loc", Refused(Csv, "dev"), StringComparison.Ordinal);
        Assert.Contains(
            "names no splits (column split of MS-CXR 1.1.0)",
            Refused("dicom_id,category_name,label_text,x,y,w,h,image_width,image_height\na,A,b,1,2,3,4,50,60\n", "test"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(
        "[10, 20, 30, 40]",
        "[10, 20, 30]",
        "annotations[0]: the box is [10, 20, 30], four numbers (x, y, w, h) were expected; mend it"
    )]
    [InlineData("[10, 20, 30, 40]", "[10, 20, null, 40]", "annotations[0]: the box is [10, 20, null, 40], four numbers")]
    [InlineData("[10, 20, 30, 40]", "[10, 20, NaN, 40]", "not valid JSON")]
    [InlineData("[10, 20, 30, 40]", "[900, 20, 30, 40]", "annotations[0]: the box (x 900, y 20, w 30, h 40) lies outside of its image")]
    [InlineData("[10, 20, 30, 40]", "[10, 20, 0, 40]", "annotations[0]: w is 0; a box has a size above 0")]
    [InlineData(
        "\"image_id\": 0, \"category_id\": 1",
        "\"image_id\": 5, \"category_id\": 1",
        "annotations[0]: there is no image 5; mend image_id"
    )]
    [InlineData("\"category_id\": 2", "\"category_id\": 9", "annotations[1]: there is no category 9; mend category_id")]
    [InlineData("[\"mild edema\"]", "[]", "annotations[2]: label_text is [], texts were expected; fill them in")]
    [InlineData("[\"mild edema\"]", "\"\"", "annotations[2]: label_text is empty or no text; fill it in")]
    [InlineData("\"id\": 7", "\"id\": 0", "images[1]: a second image has the id 0")]
    [InlineData("\"annotations\"", "\"boxes\"", "has no annotations")]
    [InlineData("{\"id\": 2, \"name\"", "{\"id\": 1, \"name\"", "categories[1]: a second category has the id 1")]
    [InlineData("\"bbox\": [10", "\"bbox\": [1, 2, 3, 4], \"bbox\": [10", "annotations[0]: has bbox twice")]
    [InlineData("[10, 20, 30, 40]", "[150, 20, 300, 40]", "annotations[0]: only 16.7 % of the box (x 150, y 20, w 300, h 40) lie inside")]
    [InlineData(
        "[10, 20, 30, 40]",
        "[10, 20, 0.5, 40]",
        "annotations[0]: the box (x 10, y 20, w 0.5, h 40) has a side of less than a pixel"
    )]
    public void Load_WrongJson_IsRefusedWithItsEntry(string right, string wrong, string expected) =>
        Assert.Contains(expected, Refused(Json.Replace(right, wrong, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void Load_OneSideOfTheSize_IsRefused() =>
        Assert.Contains(
            "no column image_height",
            Refused("dicom_id,category_name,label_text,x,y,w,h,image_width\na,A,b,1,2,3,4,50\n"),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(5, 0, true)]
    [InlineData(4, 0, false)]
    [InlineData(5, 1, false)]
    public void Load_BoxesThatLookLikeCorners_AreNoted(int corners, int others, bool noted)
    {
        string rows = string.Concat(
            Enumerable.Range(0, corners + others).Select(i => $"a,A,phrase {i},{10 + i},20,{(i < corners ? 60 : 8)},80,200,300\n")
        );

        Assert.Equal(
            noted,
            Load("dicom_id,category_name,label_text,x,y,w,h,image_width,image_height\n" + rows)
                .Notes.Any(note => note.StartsWith("In all 5 boxes the width is above x", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("one", "two", true)]
    [InlineData("one", "one", false)]
    public void Find_TwoFilesOfOneIdentifier_IsRefusedWhereTheyDiffer(string first, string second, bool refused)
    {
        _folder.Write("images/p1/view1.png", first);
        _folder.Write("images/p2/view1.png", second);
        ImageFolder images = new(_folder.File("images"));

        if (refused)
        {
            string message = Assert.Throws<InputException>(() => images.Find("view1")).Message;
            Assert.Contains("image view1 is there twice", message, StringComparison.Ordinal);
            Assert.Contains(Path.Combine("p2", "view1.png"), message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(_folder.File(Path.Combine("images", "p1", "view1.png")), images.Find("view1"));
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void Check_ImageThatIsStoredTurned_IsRefused(int orientation, bool refused)
    {
        using Image image = Image
            .NewFromMemory<byte>([.. Enumerable.Range(0, 50 * 60).Select(i => (byte)(i % 240))], 50, 60, 1, Enums.BandFormat.Uchar)
            .Mutate(header => header.Set(GValue.GIntType, "orientation", orientation));
        _folder.Write("images/a.jpg", image.JpegsaveBuffer());
        ImageFolder images = new(_folder.File("images"));
        EvaluationCase item = Load("dicom_id,category_name,label_text,x,y,w,h,image_width,image_height\na,A,b,1,2,3,4,50,60\n").Cases[0];

        foreach (Action use in (Action[])[() => images.Check(item), () => images.Read(item)])
        {
            Exception? thrown = Record.Exception(use);
            Assert.Equal(refused, thrown is InputException);
            Assert.True(!refused || thrown!.Message.Contains("a.jpg: says that it is stored turned or mirrored", StringComparison.Ordinal));
        }
    }

    private string Refused(string text, params string[] splits) => Assert.Throws<InputException>(() => Load(text, splits)).Message;

    private EvaluationDataset Load(string text, params string[] splits) => Load(_ => _folder.Write("annotations.x", text), splits);

    private EvaluationDataset Load(Func<string, string> write, params string[] splits) =>
        EvaluationDataset.Load(new DatasetSource("ms-cxr", write("")) { Splits = splits }, _ => null, LocationAtlas.Default);
}
