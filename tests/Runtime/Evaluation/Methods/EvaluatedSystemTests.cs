using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Scores;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Evaluation.Methods;

[Trait("Category", "quick")]
public sealed class EvaluatedSystemTests : IDisposable
{
    private const string Twice = """{"image_id": "a", "label_text": "t", "category_name": "c", "boxes": []}""";

    private static readonly EvaluationCase Case = new()
    {
        ImageId = "a",
        LabelText = "left effusion",
        CategoryName = "Pleural Effusion",
        ImageSize = new ImageSize(3, 2),
        Boxes = [new PixelBox(1, 0, 2, 1)],
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void OracleBaseline_ReferenceExamples_ScoreAsInThePaper()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("oracle_gaussian/table4.json")));
        foreach (JsonElement example in document.RootElement.GetProperty("examples").EnumerateArray())
        {
            EvaluationCase item = Case with
            {
                ImageSize = new ImageSize(example.GetProperty("w").GetInt32(), example.GetProperty("h").GetInt32()),
                Boxes =
                [
                    .. example
                        .GetProperty("boxes_xywh")
                        .EnumerateArray()
                        .Select(box => new PixelBox(box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble())),
                ],
            };
            foreach (int sides in (int[])[3, 6])
            {
                CaseScore score = Evaluator.Score(item, new OracleBaseline(sides).Answer(item));

                // The stated tolerance of the reference, which computes in single precision.
                Assert.Equal(example.GetProperty($"cnr_div{sides}").GetDouble(), score.Cnr!.Value, 1e-4);
                Assert.Equal(example.GetProperty($"miou_div{sides}").GetDouble(), score.MIoU, 1e-4);
            }
        }
    }

    [Fact]
    public void PriorBaseline_Phrase_IsDrawnAtItsLocationAndNaNOutsideTheFieldOfView()
    {
        EvaluationCase item = Case with
        {
            ImageSize = new ImageSize(400, 300),
            LabelText = "small left apical pneumothorax",
            CategoryName = "Pneumothorax",
        };

        float[] map = new PriorBaseline(LocationAtlas.Default).Answer(item).Heatmap!.Values;

        int best = Enumerable.Range(0, map.Length).MaxBy(i => float.IsNaN(map[i]) ? -1 : map[i]);
        LocationGaussian apex = LocationAtlas.Default[AnatomicalRegion.LeftApicalZone];
        Assert.Equal(50 + (apex.MuX * 300 / 512), best % 400, 1.5);
        Assert.Equal(apex.MuY * 300 / 512, best / 400, 1.5);
        Assert.True(float.IsNaN(map[49]) && !float.IsNaN(map[50]) && float.IsNaN(map[350]));
    }

    [Theory]
    [InlineData("opacity in the left lower lobe", "Pneumonia", "left lower")]
    [InlineData("left basilar markings", "Atelectasis", "left base")]
    [InlineData("large heart", "Cardiomegaly", "cardiomegaly")]
    [InlineData("haziness", "Lung Opacity", "pulmonary")]
    [InlineData("right upper lobe pneumonia", "Something", "right upper")]
    [InlineData("something", "Something", "pulmonary")]
    public void LocationsOf_Phrase_AreNamedOrTheDefault(string phrase, string category, string expected) =>
        Assert.Equal(expected, string.Join('|', PriorBaseline.LocationsOf(phrase, category).Select(location => location.Name)));

    [Fact]
    public void HeatmapFolder_Map_IsScaledAndKeepsNaN()
    {
        WriteHeatmaps([2, 3, 4, float.NaN, 6, 2], 2, 3);

        Prediction answer = new HeatmapFolder(_folder.Path).Answer(Case);

        Assert.Equal([0, 0.25f, 0.5f, float.NaN, 1, 0], answer.Heatmap!.Values);
    }

    [Fact]
    public void HeatmapFolder_ConstantMap_BecomesZero()
    {
        WriteHeatmaps([5, 5, 5, float.NaN, 5, 5], 2, 3);

        Assert.Equal([0, 0, 0, float.NaN, 0, 0], new HeatmapFolder(_folder.Path).Answer(Case).Heatmap!.Values);
    }

    [Fact]
    public void HeatmapFolder_Faults_AreToldWithTheirPlace()
    {
        Assert.Contains("no heatmaps.csv", Assert.Throws<InputException>(() => new HeatmapFolder(_folder.Path)).Message);
        WriteHeatmaps([1, 2, 3, 4, 5, 6], 3, 2);
        HeatmapFolder folder = new(_folder.Path);
        Assert.Contains(
            "shape [3, 2], the image of a / Pleural Effusion / \"left effusion\" wants [2, 3] (height, width)",
            Error(folder, Case)
        );
        Assert.Contains("no answer to b / ", Error(folder, Case with { ImageId = "b" }));
        WriteHeatmaps([1, 2, 3, 4, 5, float.PositiveInfinity], 2, 3);
        Assert.Contains("holds infinite values", Error(folder, Case));
        _folder.Write("heatmaps.csv", "image_id,label_text,category_name,file\na,left effusion,Pleural Effusion,../x.npy\n");
        Assert.Contains(
            "line 2: file '../x.npy' lies outside the folder",
            Assert.Throws<InputException>(() => new HeatmapFolder(_folder.Path)).Message
        );
        _folder.Write("heatmaps.csv", "image_id,label_text,category_name,file\na,t,c,x.npy\na.png,t,c,y.npy\n");
        Assert.Contains(
            "line 3: a second heatmap of a / c / \"t\"",
            Assert.Throws<InputException>(() => new HeatmapFolder(_folder.Path)).Message
        );
    }

    [Fact]
    public void HeatmapFolder_Check_TellsAllMissingAnswersBeforeAnyIsScored()
    {
        WriteHeatmaps([1, 2, 3, 4, 5, 6], 2, 3);
        HeatmapFolder folder = new(_folder.Path);

        folder.Check([Case]);
        string message = Assert
            .Throws<InputException>(() => folder.Check([Case, Case with { ImageId = "b" }, Case with { LabelText = "other" }]))
            .Message;
        Assert.Contains(
            "no answer to 2 of 3 phrases: b / Pleural Effusion / \"left effusion\"; a / Pleural Effusion / \"other\"; add rows",
            message
        );
        File.Delete(Path.Combine(_folder.Path, "maps", "a.npy"));
        Assert.Contains("their files are not there", Assert.Throws<InputException>(() => folder.Check([Case])).Message);
    }

    [Fact]
    public void HeatmapFolder_Picture_IsReadByTheReaderItWasGiven()
    {
        _folder.Write("heatmaps.csv", "image_id,label_text,category_name,file\na,left effusion,Pleural Effusion,a.png\n");
        Core.Preprocessing.GrayImage picture = new(3, 2, [0.5f, 0.5f, 0.5f, 0.5f, 0.75f, 0.5f]);

        Assert.Equal([0, 0, 0, 0, 1, 0], new HeatmapFolder(_folder.Path, readPicture: _ => picture).Answer(Case).Heatmap!.Values);
        Assert.Equal(0.5f, picture.Pixels[0]);
        Assert.Contains("a heatmap is a .npy file", Error(new HeatmapFolder(_folder.Path), Case));
    }

    [Fact]
    public void BoxAnswers_Check_TellsMissingAnswers()
    {
        BoxPredictions system = new(
            _folder.Write(
                "boxes.json",
                """[{"image_id": "a", "label_text": "left effusion", "category_name": "Pleural Effusion", "boxes": []}]"""
            )
        );

        system.Check([Case]);
        Assert.Contains(
            "no answer to 1 of 2 phrases: b / ",
            Assert.Throws<InputException>(() => system.Check([Case, Case with { ImageId = "b" }])).Message
        );
    }

    [Fact]
    public void BoxAnswers_Boxes_AreScoredByOverlapOnly()
    {
        string path = _folder.Write(
            "maira.json",
            """
            [{"image_id": "a.dcm", "label_text": "left effusion", "category_name": "Pleural Effusion", "boxes": [[0, 0, 2, 1]]},
             {"image_id": "b", "label_text": "left effusion", "category_name": "Pleural Effusion", "boxes": []}]
            """
        );
        BoxPredictions system = new(path);

        CaseScore score = Evaluator.Score(Case, system.Answer(Case));

        Assert.Equal("maira", system.Name);
        Assert.Equal(1.0 / 3, score.MIoU, 12);
        Assert.Null(score.Cnr);
        Assert.Null(score.Auroc);
        Assert.Equal(0, Evaluator.Score(Case, system.Answer(Case with { ImageId = "b" })).MIoU);
        Assert.Contains("no answer to c / ", Error(system, Case with { ImageId = "c" }));
    }

    [Theory]
    [InlineData("{}", "entry 0 is not of the form")]
    [InlineData("[", "line 1: not valid JSON")]
    [InlineData("""[{"image_id": "a"}]""", "entry 1 is not of the form")]
    [InlineData(
        """[{"image_id": "a", "label_text": "t", "category_name": "c", "boxes": [[1, 2, 3]]}]""",
        "entry 0: a box is [1, 2, 3], wanted [x, y, width, height]"
    )]
    [InlineData($"[{Twice}, {Twice}]", "entry 1 is a second one of a / c / \"t\"")]
    [InlineData("""[{"image_id": null, "label_text": "t", "category_name": "c", "boxes": []}]""", "entry 1 is not of the form")]
    [InlineData(
        """[{"image_id": "a", "label_text": "t", "category_name": "c", "boxes": [[0.1, 0.2, 0.3, 0.4], [5, 6, 7, 8]]}]""",
        "1 of 2 boxes lie within one pixel, their numbers from 0 to 1: shares of the image, not pixels?"
    )]
    [InlineData("""[{"image_id": "a", "label_text": "t", "category_name": "c", "boxes": [[0, 0, 1, 1]]}]""", "1 of 1 boxes lie within")]
    [InlineData("""[{"image_id": "a", "label_text": "t", "category_name": "c", "boxes": [[1, 2, 3, -4]]}]""", "a box is [1, 2, 3, -4]")]
    [InlineData("""[{"image_id": "a", "label_text": "t", "category_name": "c", "boxes": [[1, 2, 1e999, 4]]}]""", "entry 0: a box is")]
    public void BoxAnswers_WrongFile_IsRefused(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => new BoxPredictions(_folder.Write("boxes.json", json))).Message);

    [Theory]
    [InlineData("normalized-xywh", "[0.5, 0.5, 0.25, 0.5]")]
    [InlineData("normalized-xyxy", "[0.5, 0.5, 0.75, 1]")]
    [InlineData("xyxy", "[20, 10, 30, 20]")]
    [InlineData("xywh", "[20, 10, 10, 10]")]
    [InlineData("cxcywh", "[25, 15, 10, 10]")]
    [InlineData("normalized-cxcywh", "[0.625, 0.75, 0.25, 0.5]")]
    [InlineData("percent-xyxy", "[50, 50, 75, 100]")]
    public void BoxAnswers_OtherForm_IsTurnedIntoPixels(string form, string box)
    {
        string path = _folder.Write(
            "boxes.json",
            $$"""[{"image_id": "a", "label_text": "left effusion", "category_name": "Pleural Effusion", "boxes": [{{box}}]}]"""
        );
        BoxPredictions system = new($"{path}:{form}");

        Assert.Equal("boxes", system.Name);
        Assert.Equal([new PixelBox(20, 10, 10, 10)], system.Answer(Case with { ImageSize = new ImageSize(40, 20) }).Boxes);
    }

    [Theory]
    [InlineData("normalized-xyxy", "[100, 100, 200, 200]", "are no shares of the image")]
    [InlineData("percent-xyxy", "[500, 500, 750, 900]", "are no hundredths of the image")]
    [InlineData("xyxy", "[30, 10, 20, 20]", "wanted [left, top, right, bottom]")]
    public void BoxAnswers_BoxOfAnotherForm_IsRefused(string form, string box, string expected) =>
        Assert.Contains(
            expected,
            Assert
                .Throws<InputException>(() =>
                    new BoxPredictions(
                        _folder.Write("b.json", $$"""[{"image_id": "a", "label_text": "t", "category_name": "c", "boxes": [{{box}}]}]""")
                            + $":{form}"
                    )
                )
                .Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("[40, 5, 10, 10]", true)]
    [InlineData("[5, 20, 10, 10]", true)]
    [InlineData("[-10, 5, 10, 10]", true)]
    [InlineData("[39, 19, 10, 10]", false)]
    [InlineData("[-9, -9, 10, 10]", false)]
    public void BoxAnswers_BoxOutsideTheImage_IsRefused(string box, bool isOutside)
    {
        EvaluationCase item = Case with { ImageSize = new ImageSize(40, 20) };
        BoxPredictions system = new(
            _folder.Write(
                "boxes.json",
                $$"""[{"image_id": "a", "label_text": "left effusion", "category_name": "Pleural Effusion", "boxes": [{{box}}]}]"""
            )
        );

        InputException? refusal = Record.Exception(() => system.Check([item])) as InputException;

        Assert.Equal(isOutside, refusal?.Message.Contains("lies outside the image of", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void NamedLocations_OtherFindingInThePhrase_IsNotTaken() =>
        Assert.Equal(
            [Location.Of(Side.Left, Zone.Lower)],
            PhraseLocations.Named("left lower lobe consolidation, right effusion", Pathology.Consolidation)
        );

    private static string Error(IEvaluatedSystem system, EvaluationCase item) =>
        Assert.ThrowsAny<CxrOnnxException>(() => system.Answer(item)).Message;

    private void WriteHeatmaps(float[] values, int height, int width)
    {
        _folder.Write("heatmaps.csv", "image_id,label_text,category_name,file\na,left effusion,Pleural Effusion,maps/a.npy\n");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "maps"));
        NpyFile.Write(Path.Combine(_folder.Path, "maps", "a.npy"), values, height, width);
    }
}
