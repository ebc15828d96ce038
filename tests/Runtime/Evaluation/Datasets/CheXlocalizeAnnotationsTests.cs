using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Datasets;

[Trait("Category", "quick")]
public sealed class CheXlocalizeAnnotationsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_Masks_GiveTheBoxesOfTheirConnectedParts(bool packed)
    {
        // 6 high, 5 wide; a piece that touches by a corner belongs to the part; the pixel at the far right does not.
        string[] picture = ["#....", "##...", "..#..", ".....", "....#", "....."];

        EvaluationDataset dataset = Load(
            $$"""
            {"patient64541_study1_view1_frontal": {"Airspace Opacity": {{Mask(picture, packed)}}, "Edema": {{Mask(
                [.. picture.Select(_ => ".....")],
                packed
            )}},
              "Support Devices": {{Mask(picture, packed)}} },
             "patient64542_study1_view2_lateral": {"Edema": {{Mask(picture, packed)}} } }
            """
        );

        EvaluationCase item = Assert.Single(dataset.Cases);
        Assert.Equal([new PixelBox(0, 0, 3, 3), new PixelBox(4, 4, 1, 1)], item.Boxes);
        Assert.Equal(new ImageSize(5, 6), item.ImageSize);
        Assert.Equal("patient64541/study1/view1_frontal.jpg", item.ImagePath);
        Assert.EndsWith(" opacity", item.LabelText, StringComparison.Ordinal);
        string notes = string.Join('\n', dataset.Notes);
        Assert.Contains(
            "Scored on boxes, not on masks: the box of every connected part of a mask; the masks fill 50%",
            notes.Replace(" %", "%"),
            StringComparison.Ordinal
        );
        Assert.Contains("1 empty masks (the class is not there) make no case.", notes, StringComparison.Ordinal);
        Assert.Contains("Rows of other classes were left out: Support Devices (1).", notes, StringComparison.Ordinal);
        Assert.Contains("1 lateral images were left out.", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PublishedEmptyMask_IsRead() =>
        // A mask of the published sample, 2320 high and 2828 wide.
        Assert.Contains(
            "holds no boxes to evaluate",
            Refused("""{"patient64541_study1_view1_frontal": {"Edema": {"size": [2320, 2828], "counts": "PVWX6"}}}"""),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("""{"x": {}}""", "\"x\": is no image of CheXpert (patient64541_study1_view1_frontal was expected)")]
    [InlineData(
        """{"patient1_study1_view1_frontal": {"Edema": {"size": [2], "counts": "1"}}}""",
        "\"Edema\": size is [2], [height, width] in pixels"
    )]
    [InlineData(
        """{"patient1_study1_view1_frontal": {"Edema": {"size": [2, 3], "counts": [1, 2]}}}""",
        "the mask's runs do not fill the picture of 2 x 3 pixels"
    )]
    [InlineData(
        """{"patient1_study1_view1_frontal": {"Edema": {"size": [2, 3], "counts": [9, -3]}}}""",
        "the mask's runs do not fill the picture of 2 x 3 pixels"
    )]
    [InlineData(
        """{"patient1_study1_view1_frontal": {"Edema": {"size": [2, 3], "counts": "o"}}}""",
        "counts is no packed mask (character 1)"
    )]
    [InlineData(
        """{"patient1_study1_view1_frontal": {"Edema": {"size": [2, 3], "counts": " "}}}""",
        "counts is no packed mask (character 1)"
    )]
    [InlineData("""{"patient1_study1_view1_frontal": {"Edema": {"size": [2, 3]}}}""", "\"Edema\": has no counts")]
    [InlineData("""{"patient1_study1_view1_frontal": {"img_size": [2, 3], "Edema": []}}""", "is the file of polygons; the masks")]
    [InlineData("""[]""", "is a list, an object was expected")]
    public void Load_WrongFile_IsRefusedWithItsEntry(string text, string expected) =>
        Assert.Contains(expected, Refused(text), StringComparison.Ordinal);

    private static string Mask(string[] rows, bool packed)
    {
        List<long> runs = [0];
        bool inside = false;
        for (int x = 0; x < rows[0].Length; x++)
        {
            foreach (string row in rows)
            {
                if ((row[x] == '#') != inside)
                {
                    inside = !inside;
                    runs.Add(0);
                }

                runs[^1]++;
            }
        }

        string counts = packed ? $"\"{Pack(runs).Replace("\\", "\\\\", StringComparison.Ordinal)}\"" : $"[{string.Join(',', runs)}]";
        return $$"""{"size": [{{rows.Length}}, {{rows[0].Length}}], "counts": {{counts}}}""";
    }

    private static string Pack(List<long> runs)
    {
        StringBuilder text = new();
        for (int i = 0; i < runs.Count; i++)
        {
            long rest = i > 2 ? runs[i] - runs[i - 2] : runs[i];
            bool more = true;
            while (more)
            {
                long bits = rest & 0x1F;
                rest >>= 5;
                more = (bits & 0x10) != 0 ? rest != -1 : rest != 0;
                text.Append((char)('0' + (more ? bits | 0x20 : bits)));
            }
        }

        return text.ToString();
    }

    private string Refused(string text) => Assert.Throws<InputException>(() => Load(text)).Message;

    private EvaluationDataset Load(string text) =>
        EvaluationDataset.Load(
            new DatasetSource("chexlocalize", _folder.WritePacked("masks.json", text)),
            _ => null,
            LocationAtlas.Default
        );
}
