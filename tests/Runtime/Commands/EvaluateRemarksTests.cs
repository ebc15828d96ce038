using System.Text.Json;
using CxrOnnx.Runtime.Tests.Imaging;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

/// <summary>What the files say against their images stands in the results.</summary>
[Trait("Category", "slow")]
public sealed class EvaluateRemarksTests : IDisposable
{
    private const uint View = 0x0018_5101;

    private readonly TemporaryFolder _folder = new();

    public EvaluateRemarksTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        foreach (char id in "abcde")
        {
            File.WriteAllBytes(
                _folder.File($"images/{id}.dcm"),
                new DicomFileBuilder(96, 80).Text(View, "CS", id == 'a' ? "PA" : "LL").Build()
            );
        }

        File.WriteAllText(
            _folder.File("ms.csv"),
            "dicom_id,category_name,label_text,x,y,w,h,image_width,image_height\n"
                + string.Concat("abcde".Select(id => $"{id},Cardiomegaly,large heart,30,20,50,40,96,80\n"))
        );
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Evaluate_LateralViews_AreNamedInTheNotes(bool generalised)
    {
        CliRun run = await CliTest.Run([
            "evaluate",
            "--dataset",
            "phantom",
            "--annotations",
            _folder.File("ms.csv"),
            "--images",
            _folder.File("images"),
            "--bundle",
            TinyBundle.Folder,
            "--preset",
            "turbo",
            "--bootstrap",
            "20",
            "--out",
            _folder.File("out"),
            .. generalised ? new[] { "--generalised" } : [],
        ]);

        Assert.True(run.Code == 0, run.Error);
        string name = generalised ? "generalised" : "evaluation";
        using JsonDocument document = JsonDocument.Parse(
            await File.ReadAllTextAsync(_folder.File($"out/{name}.json"), TestContext.Current.CancellationToken)
        );
        string note = Assert.Single(
            document.RootElement.GetProperty("notes").EnumerateArray().Select(item => item.GetString()!),
            text => text.Contains("of the images", StringComparison.Ordinal)
        );
        Assert.Equal("4 of the images: the view is lateral; the model was made for frontal radiographs (b, c, d, ...)", note);
        Assert.Contains(
            note,
            await File.ReadAllTextAsync(_folder.File($"out/{name}.md"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }
}
