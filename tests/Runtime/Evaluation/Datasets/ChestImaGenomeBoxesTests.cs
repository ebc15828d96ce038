using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

[Trait("Category", "quick")]
public sealed class ChestImaGenomeBoxesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-boxes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // 400 wide, 800 high: the model sees rows 200 to 599, at 512 / 400 of their size. In the square of 224 a pixel is 0.28, and 56 columns
    // are padding.
    [Theory]
    [InlineData("image_id,bbox_name,original_x1,original_y1,original_x2,original_y2\na.dcm,left lung,100,300,200,500", 400, 800)]
    [InlineData("image_id,bbox_name,x1,y1,x2,y2\na.dcm,left lung,84,84,112,140", 400, 800)]
    [InlineData(
        "image_id,bbox_name,original_x1,original_y1,original_x2,original_y2,image_width,image_height\na.dcm,left "
            + "lung,100,300,200,500,400,800",
        0,
        0
    )]
    [InlineData(
        "image_id,bbox_name,x1,y1,x2,y2,original_x1,original_y1,original_x2,original_y2\na.dcm,left lung,84,84,112,140,100,300,200,500",
        0,
        0
    )]
    public void Load_EitherGrid_GivesTheBoxOnTheModelsGrid(string csv, int width, int height)
    {
        (AnatomicalRegion region, ModelBox box) = Assert.Single(Load(csv, width > 0 ? new ImageSize(width, height) : null));

        Assert.Equal(AnatomicalRegion.LeftLung, region);
        const double Scale = 512 / 400.0;
        Assert.Equal(
            [100 * Scale, 100 * Scale, 100 * Scale, 200 * Scale],
            new[] { box.X, box.Y, box.Width, box.Height }.Select(value => Math.Round(value, 9))
        );
    }

    [Fact]
    public void Load_OtherRegionsAndEmptyRows_AreLeftOut()
    {
        IReadOnlyList<(AnatomicalRegion Region, ModelBox Box)> boxes = Load(
            """
            image_id,bbox_name,original_x1,original_y1,original_x2,original_y2
            a,trachea,1,2,3,4
            a,Cardiac Silhouette,10,20,30,40
            b,right lung,,,,
            """,
            new ImageSize(64, 48)
        );

        Assert.Equal(AnatomicalRegion.CardiacSilhouette, Assert.Single(boxes).Region);
    }

    [Theory]
    [InlineData(
        "image_id,bbox_name,x1,y1,x2,y2\na.dcm,left lung,84,84,112,140",
        "boxes.csv line 2: the size of image a is not known; give `image-sizes`"
    )]
    [InlineData("image_id,bbox_name,x1,y1,x2\na.dcm,left lung,84,84,112", "no column original_x1, original_y1, original_x2, original_y2")]
    [InlineData("image_id,x1,y1,x2,y2\na.dcm,84,84,112,140", "no column bbox_name")]
    [InlineData(
        "image_id,bbox_name,original_x1,original_y1,original_x2,original_y2\na,left lung,one,2,3,4",
        "line 2: original_x1 is 'one'"
    )]
    public void Load_WrongFile_SaysWhatIsMissing(string csv, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Load(csv, null)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a,left lung,150,20,100,60", "line 2: original_x2 is 100 and original_x1 is 150")]
    [InlineData("a,left lung,0,0,0,0", "line 2: original_x2 is 0 and original_x1 is 0")]
    [InlineData(
        "a,left lung,0.1,0.1,0.4,0.5",
        "line 2: the box (original_x1 0.1, original_y1 0.1, original_x2 0.4, original_y2 0.5) is in shares"
    )]
    [InlineData("a,left lung,900,20,950,60", "line 2: the box lies outside of image a, which is 400x800 pixels")]
    [InlineData(",left lung,100,20,150,60", "line 2: image_id is empty")]
    public void Load_BoxThatCannotBe_IsRefusedWithItsLine(string row, string expected) =>
        Assert.Contains(
            expected,
            Assert
                .Throws<InputException>(() =>
                    Load($"image_id,bbox_name,original_x1,original_y1,original_x2,original_y2\n{row}", new ImageSize(400, 800))
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Load_BoxBeyondTheScaledSquare_IsRefused() =>
        Assert.Contains(
            "beyond the square of 224",
            Assert
                .Throws<InputException>(() => Load("image_id,bbox_name,x1,y1,x2,y2\na,left lung,84,84,412,640", new ImageSize(400, 800)))
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Load_RowThatStandsTwice_CountsOnce() =>
        Assert.Single(
            Load(
                "image_id,bbox_name,original_x1,original_y1,original_x2,original_y2\na,left lung,1,2,30,40\na.dcm,Left Lung,1,2,30,40",
                new ImageSize(400, 800)
            )
        );

    private IReadOnlyList<(AnatomicalRegion Region, ModelBox Box)> Load(string csv, ImageSize? size)
    {
        string path = Path.Combine(_folder, "boxes.csv");
        File.WriteAllText(path, csv);
        return ChestImaGenomeBoxes.Load(path, id => id is "a" or "b" ? size : null);
    }
}
