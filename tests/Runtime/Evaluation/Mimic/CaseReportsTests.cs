using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Mimic;

[Trait("Category", "quick")]
public sealed class CaseReportsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TextOf_ByImageByPathOrByFolder_FindsTheReport()
    {
        _folder.Write("reports/files/p10/p10000032/s50414267.txt", "by study");
        _folder.Write("reports/own.txt", "by image");
        _folder.Write("images/p10/p10000032/s50414267/seen.jpg", "");
        CaseReports reports = new(_folder.File("reports"), new ImageFolder(_folder.File("images")));

        Assert.Equal("by image", reports.TextOf(Case("own", null)));
        Assert.Equal("by study", reports.TextOf(Case("x", "files/p10/p10000032/s50414267/x.jpg")));
        Assert.Equal("by study", reports.TextOf(Case("seen", null)));
    }

    [Fact]
    public void TextOf_NoReport_SaysWhereItWasLookedFor()
    {
        Directory.CreateDirectory(_folder.File("reports"));
        CaseReports reports = new(_folder.File("reports"), null);

        Assert.Contains(
            "neither x.txt nor s50414267.txt of its study",
            Assert.Throws<InputException>(() => reports.TextOf(Case("x", "files/p10/p10000032/s50414267/x.jpg"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "neither y.txt nor a report of its study, which neither the annotations (column path) nor the image's folder name",
            Assert.Throws<InputException>(() => reports.TextOf(Case("y", null))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no such folder",
            Assert.Throws<InputException>(() => new CaseReports("nowhere", null)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void TextOf_TwoReportsOfAStudy_IsRefused()
    {
        _folder.Write("a/s50414267.txt", "");
        _folder.Write("b/s50414267.txt", "");

        Assert.Contains(
            "is a second report of study s50414267",
            Assert.Throws<InputException>(() => new CaseReports(_folder.Path, null).TextOf(Case("x", "p10000032/s50414267/x.jpg"))).Message,
            StringComparison.Ordinal
        );
    }

    private static EvaluationCase Case(string id, string? path) =>
        new()
        {
            ImageId = id,
            LabelText = "",
            CategoryName = "",
            ImageSize = new ImageSize(3, 2),
            Boxes = [new PixelBox(0, 0, 1, 1)],
            ImagePath = path,
        };
}
