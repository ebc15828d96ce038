using CxrOnnx.Core.Atlas;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Methods;

[Trait("Category", "slow")]
public sealed class BundleSystemTests : IDisposable
{
    private const string Annotations = """
        dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,50,60,30,40,96,120
        chest,Pneumonia,"opacity, left lower lobe",images/chest.png,60,70,20,20,96,120
        chest,Cardiomegaly,large heart,images/chest.png,30,60,50,40,96,120
        """;

    private readonly TemporaryFolder _folder = new();

    public BundleSystemTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        TestImages.Radiograph(_folder.File("images"));
        File.WriteAllText(_folder.File("ms.csv"), Annotations);
    }

    public void Dispose() => _folder.Dispose();

    private (ImageFolder Images, EvaluationDataset Dataset) Load()
    {
        ImageFolder images = new(_folder.Path);
        return (images, AnnotatedImages.Load(new DatasetSource("ms-cxr", _folder.File("ms.csv")), images, LocationAtlas.Default));
    }

    private static BundleSystem Open(ImageFolder images, EvaluationDataset dataset, IReadOnlyList<EvaluationCase> perToken, int? atOnce) =>
        new(
            "tiny",
            TinyBundle.Folder,
            "exact",
            new GroundingModelOptions(),
            PromptForm.Auto,
            null,
            images,
            dataset.Cases,
            perToken,
            atOnce,
            TestContext.Current.CancellationToken
        );

    [Fact]
    public void Answer_PhrasesOfOneImage_ShareOneInversion()
    {
        (ImageFolder images, EvaluationDataset dataset) = Load();
        using BundleSystem system = Open(images, dataset, dataset.Cases, null);

        system.Check(dataset.Cases);
        Assert.Equal(0, system.DenoiserEvaluations);
        foreach (EvaluationCase item in dataset.Cases)
        {
            Assert.Equal(item.ImageSize, system.Answer(item).Heatmap!.Size);
        }

        // Steps 3 and 4 of the tiny bundle need the states after four evaluations, whatever the number of phrases and tokens.
        Assert.Equal(4, system.DenoiserEvaluations);
        Assert.Equal(
            ["cardiomegaly", "left", "lower", "pneumonia"],
            system.Tokens.Values.SelectMany(tokens => Words(tokens)).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Answer_SeveralImagesAtOnce_AnswersAsOneByOne(int atOnce)
    {
        TestImages.Radiograph(_folder.File("images"), "second.png", 80, 100);
        TestImages.Radiograph(_folder.File("images"), "third.png", 100, 70);
        File.AppendAllText(
            _folder.File("ms.csv"),
            "\nsecond,Cardiomegaly,large heart,images/second.png,30,60,20,20,80,100\n"
                + "third,Cardiomegaly,large heart,images/third.png,30,20,20,20,100,70\n"
        );
        (ImageFolder images, EvaluationDataset dataset) = Load();
        using BundleSystem alone = Open(images, dataset, [], 1);
        using BundleSystem together = Open(images, dataset, [], atOnce);
        foreach (EvaluationCase item in dataset.Cases)
        {
            float[] want = [.. alone.Answer(item).Heatmap!.Values];
            float[] got = [.. together.Answer(item).Heatmap!.Values];
            Assert.All(want.Zip(got), pair => Assert.True(float.IsNaN(pair.First) || Math.Abs(pair.First - pair.Second) < 1e-4));
        }

        Assert.Equal(3, dataset.Cases.DistinctBy(item => item.ImageId).Count());
        Assert.Equal((12, 12), (alone.DenoiserEvaluations, together.DenoiserEvaluations));
    }

    private static string[] Words(IReadOnlyList<TokenSketch> tokens) =>
        tokens.Count == 3 ? [.. tokens.Select(token => token.Token)] : [string.Concat(tokens.Select(token => token.Token))];
}
