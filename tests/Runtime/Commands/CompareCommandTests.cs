using System.Text.Json;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class CompareCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CompareCommandTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        TestImages.Radiograph(_folder.File("images"), "a.png");
        TestImages.Radiograph(_folder.File("images"), "b.png", 80, 64);
    }

    public void Dispose() => _folder.Dispose();

    private static Task<CliRun> Compare(string other, params string[] arguments) =>
        CliTest.Run(["compare", TinyBundle.Folder, other, .. arguments]);

    [Fact]
    public async Task Compare_BundleWithItself_IsTheSameEverywhere()
    {
        CliRun run = await Compare(
            TinyBundle.Folder,
            "--images",
            _folder.File("images"),
            "--phrase",
            "edema",
            "--phrase",
            "left pneumonia",
            "--json"
        );

        Assert.True(run.Code == 0, run.Error);
        JsonElement document = JsonDocument.Parse(run.Output).RootElement;
        JsonElement[] phrases = [.. document.GetProperty("phrases").EnumerateArray()];
        Assert.Equal(
            ["a edema", "a left pneumonia", "b edema", "b left pneumonia"],
            phrases.Select(phrase => $"{phrase.GetProperty("image_id")} {phrase.GetProperty("phrase_a")}")
        );
        Assert.All(phrases, phrase => Assert.Equal(1, phrase.GetProperty("correlation").GetDouble(), 1e-9));
        Assert.All(phrases, phrase => Assert.Equal(0, phrase.GetProperty("max_abs").GetDouble()));
        Assert.All(phrases, phrase => Assert.Equal(1, phrase.GetProperty("box_iou").GetDouble(), 1e-9));
        Assert.All(phrases, phrase => Assert.Equal(JsonValueKind.Null, phrase.GetProperty("scores_a").ValueKind));

        // Two images: the first warms up.
        Assert.True(document.GetProperty("warm_up_left_out").GetBoolean());
        Assert.All(
            document.GetProperty("bundles").EnumerateArray(),
            bundle => Assert.True(Assert.Single(bundle.GetProperty("seconds_per_image").EnumerateArray()).GetDouble() > 0)
        );
    }

    [Fact]
    public async Task Compare_OtherBundleOnAnnotations_ScoresBothLikeEvaluate()
    {
        string annotations = _folder.Write(
            "ms-cxr.csv",
            """
            dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height
            a,Edema,right edema,images/a.png,50,60,30,20,96,120
            b,Pneumonia,left pneumonia,images/b.png,10,10,30,20,80,64
            """
        );
        CliRun run = await Compare(
            Path.Combine(Fixtures.Repository, "models", "cxr-phantom"),
            "--images",
            _folder.Path,
            "--annotations",
            annotations,
            "--preset",
            "turbo",
            "--json"
        );
        CliRun evaluated = await CliTest.Run([
            "evaluate",
            "--dataset",
            "ms-cxr",
            "--annotations",
            annotations,
            "--images",
            _folder.Path,
            "--bundle",
            $"tiny={TinyBundle.Folder}",
            "--preset",
            "turbo",
            "--bootstrap",
            "10",
            "--out",
            _folder.File("evaluated"),
            "--json",
        ]);

        Assert.True(run.Code == 0, run.Error);
        Assert.True(evaluated.Code == 0, evaluated.Error);
        JsonElement[] compared = [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("phrases").EnumerateArray()];
        JsonElement[] cases =
        [
            .. JsonDocument.Parse(evaluated.Output).RootElement.GetProperty("systems")[0].GetProperty("cases").EnumerateArray(),
        ];
        Assert.Equal(2, compared.Length);
        foreach (string metric in (string[])["cnr", "miou", "auroc"])
        {
            Assert.Equal(
                cases.Select(item => item.GetProperty(metric).GetDouble()),
                compared.Select(phrase => phrase.GetProperty("scores_a").GetProperty(metric).GetDouble()),
                (one, two) => Math.Abs(one - two) < 1e-3
            );
        }

        Assert.All(compared, phrase => Assert.InRange(phrase.GetProperty("correlation").GetDouble(), -1, 0.999));
        Assert.All(compared, phrase => Assert.True(phrase.GetProperty("max_abs").GetDouble() > 0.01));
    }

    [Fact]
    public async Task Compare_WrongInput_IsRefusedBeforeAnythingIsComputed()
    {
        string images = _folder.File("images");
        (await Compare(_folder.File("none"), "--images", images, "--phrase", "edema")).AssertRefused("no such bundle");
        (await Compare(TinyBundle.Folder, "--images", images)).AssertRefused("give --phrase TEXT, or --annotations FILE");
        (await Compare(TinyBundle.Folder, "--images", images, "--phrase", "xyzzy")).AssertRefused("xyzzy");
        (await Compare(TinyBundle.Folder, "--images", _folder.File("none"), "--phrase", "edema")).AssertRefused("no such folder");
        (await Compare(TinyBundle.Folder, "--images", images, "--phrase", "edema", "--limit", "-1")).AssertRefused("--limit -1");
    }
}
