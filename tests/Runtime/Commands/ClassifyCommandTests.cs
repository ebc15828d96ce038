using System.Text.Json;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Evaluation.Classification;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Commands;

[Trait("Category", "slow")]
public sealed class ClassifyCommandTests : IDisposable
{
    private const string Annotations = """
        dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height
        a,Pneumothorax,left apical pneumothorax,images/a.png,50,10,30,40,96,120
        b,Pneumothorax,right apical pneumothorax,images/b.png,10,10,30,40,80,64
        c,Edema,pulmonary edema,images/c.png,10,10,60,40,80,64
        """;

    private readonly TemporaryFolder _folder = new();

    public ClassifyCommandTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        TestImages.Radiograph(_folder.File("images"), "a.png");
        foreach (string name in (string[])["b.png", "c.png", "d.png"])
        {
            TestImages.Radiograph(_folder.File("images"), name, 80, 64);
        }

        File.WriteAllText(_folder.File("ms.csv"), Annotations);
        File.WriteAllText(_folder.File("more.csv"), "image_id,width,height\na,96,120\nd,80,64\n");
    }

    public void Dispose() => _folder.Dispose();

    private Task<CliRun> Classify(params string[] arguments) =>
        CliTest.Run([
            "classify",
            "--dataset",
            "ms-cxr",
            "--annotations",
            _folder.File("ms.csv"),
            "--images",
            _folder.Path,
            "--bundle",
            TinyBundle.Folder,
            "--out",
            _folder.File("out"),
            "--bootstrap",
            "50",
            .. arguments.Contains("--samples") ? Array.Empty<string>() : ["--samples", "3"],
            .. arguments,
        ]);

    [Theory]
    [InlineData("classification", "--negative", "")]
    [InlineData("alignment", "--alignment")]
    public async Task Classify_ImageThatCannotBeDecoded_KeepsTheOthersAndGoesOn(string document, params string[] arguments)
    {
        // c.png is the last annotated image: what comes before it is kept.
        byte[] right = File.ReadAllBytes(_folder.File("images/c.png"));
        byte[] damaged = [.. right];
        damaged[damaged.Length / 2] ^= 0xFF;
        Assert.Equal(0, (await Classify(arguments)).Code);
        byte[] whole = File.ReadAllBytes(_folder.File($"out/{document}.json"));
        Directory.Delete(_folder.File("out"), recursive: true);
        File.WriteAllBytes(_folder.File("images/c.png"), damaged);

        CliRun run = await Classify(arguments);

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains("c.png", run.Error, StringComparison.Ordinal);
        string progress = _folder.File($"out/{document}.progress.jsonl");
        Assert.Equal(1 + 2, File.ReadAllLines(progress).Length);
        File.WriteAllBytes(_folder.File("images/c.png"), right);
        Assert.Equal(0, (await Classify(arguments)).Code);
        Assert.Equal(whole, File.ReadAllBytes(_folder.File($"out/{document}.json")));
        Assert.False(File.Exists(progress));

        File.WriteAllBytes(_folder.File("images/c.png"), right[..(right.Length * 2 / 3)]);
        (await Classify(arguments)).AssertRefused("c.png: damaged or truncated PNG file");
    }

    [Fact]
    public async Task Classify_EmptyNegative_GivesAreasPerWeightingAndBin()
    {
        CliRun run = await Classify("--negative", "", "--negatives", _folder.File("more.csv"), "--json");

        Assert.Equal(0, run.Code);
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((2, 2), (result.GetProperty("positives").GetInt32(), result.GetProperty("negatives").GetInt32()));
        Assert.Equal(
            ["positive", "none"],
            result.GetProperty("results").EnumerateArray().Select(row => row.GetProperty("weighting").GetString())
        );
        foreach (JsonElement row in result.GetProperty("results").EnumerateArray())
        {
            Assert.InRange(row.GetProperty("auroc").GetProperty("mean").GetDouble(), 0, 1);
            Assert.Equal(
                2,
                row.GetProperty("low_miou").GetProperty("n").GetInt32() + row.GetProperty("high_miou").GetProperty("n").GetInt32()
            );
        }

        Assert.Equal(
            ["a", "b", "c", "d"],
            result.GetProperty("cases").EnumerateArray().Select(item => item.GetProperty("image_id").GetString())
        );
        Assert.Contains("has no heatmap", result.GetProperty("notes").GetRawText(), StringComparison.Ordinal);
        Assert.Contains("| AUROC |", File.ReadAllText(_folder.File("out/classification.md")), StringComparison.Ordinal);
        Assert.Equal(run.Output, File.ReadAllText(_folder.File("out/classification.json")));
    }

    [Fact]
    public async Task Classify_Batch_DoesNotChangeTheScores()
    {
        double[] Scores(CliRun run) =>
            [
                .. JsonDocument
                    .Parse(run.Output)
                    .RootElement.GetProperty("cases")
                    .EnumerateArray()
                    .SelectMany(item => item.GetProperty("scores").EnumerateObject().Select(score => score.Value.GetDouble())),
            ];
        double[] one = Scores(await Classify("--negative", "edema", "--batch", "1", "--json"));
        double[] five = Scores(await Classify("--negative", "edema", "--batch", "5", "--json"));

        Assert.Equal(9, one.Length);
        Assert.All(one.Zip(five), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.NotEqual(one, Scores(await Classify("--negative", "edema", "--seed", "7", "--json")));
    }

    [Fact]
    public async Task Alignment_Phrases_AreComparedWithTheirDistractors()
    {
        CliRun run = await Classify("--alignment", "--json");

        Assert.Equal(0, run.Code);
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        JsonElement[] cases = [.. result.GetProperty("cases").EnumerateArray()];
        Assert.Equal(
            ["side", "zone", "pathology"],
            cases[0].GetProperty("distractors").EnumerateArray().Select(item => item.GetProperty("kind").GetString())
        );
        Assert.Equal("right apical pneumothorax", cases[0].GetProperty("distractors")[0].GetProperty("phrase").GetString());
        JsonElement[] rows = [.. result.GetProperty("results").EnumerateArray()];
        Assert.Equal(
            ["image all", "image side", "image zone", "image pathology", "boxes all", "boxes side", "boxes zone", "boxes pathology"],
            rows.Select(row => $"{row.GetProperty("region").GetString()} {row.GetProperty("against").GetString()}")
        );

        // Two phrases with four answers each, one (pulmonary edema) with two.
        Assert.Equal(((2 * 0.25) + 0.5) / 3, rows[0].GetProperty("chance").GetDouble(), 9);
        Assert.Equal(0.5, rows[1].GetProperty("chance").GetDouble());
        foreach (JsonElement row in rows)
        {
            double accuracy = row.GetProperty("accuracy").GetProperty("mean").GetDouble();
            Assert.Equal(Math.Round(accuracy * row.GetProperty("n").GetInt32()), accuracy * row.GetProperty("n").GetInt32(), 9);
        }
    }

    [Theory]
    [InlineData("--negative \"No acute cardiopulmonary process\": ")]
    [InlineData("Give --negative \"\" to compare with the empty prompt")]
    [InlineData("no boxes of class 'cardiomegaly'; it has Pneumothorax, Edema", "--positive", "cardiomegaly", "--negative", "")]
    [InlineData("--positive \"white spots\": ", "--positive", "white spots", "--category", "edema", "--negative", "")]
    [InlineData("--samples 0: wanted 1 to", "--samples", "0", "--negative", "")]
    [InlineData("--time-range 500 400: wanted two time steps", "--time-range", "500", "400", "--negative", "")]
    [InlineData("--miou-split 2", "--miou-split", "2", "--negative", "")]
    public async Task Classify_WrongArguments_AreRefused(string expected, params string[] arguments) =>
        (await Classify(arguments)).AssertRefused(expected);

    [Fact]
    public void Maps_PerfectPrediction_IsTheDefinition()
    {
        // One sample at one time step: the map can be computed again from the graph's own output.
        using Bundle bundle = Bundle.Open(TinyBundle.Folder);
        using GroundingModel model = GroundingModel.Load(bundle);
        GroundingPipeline grounder = new(model);
        DiffusionErrors errors = new(
            model,
            new DiffusionErrorSettings
            {
                Samples = 1,
                TimeRange = (300, 301),
                Seed = 2,
            }
        );
        float[] clean = [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => MathF.Sin(i))];
        GraphTensor latents = GraphTensor.Float32("latents", clean, 1, 3, 16, 16);
        float[] context = ClassifierPrompt.Encode(model, grounder, ["edema"], TestContext.Current.CancellationToken)[0];

        float[] map = errors.Maps(latents, [context], "x", TestContext.Current.CancellationToken)[0];

        Core.Metrics.SplitMix64 random = Core.Metrics.SplitMix64.OfStream(
            2,
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(System.Security.Cryptography.SHA256.HashData("x"u8))
        );
        _ = random.NextUnit();
        float[] noise = new float[clean.Length];
        random.FillNormal(noise);
        float[] noisy = new float[clean.Length];
        model.Schedule.AddNoise(clean, noise, 300, noisy);
        float[] velocity = model
            .Run(
                "denoiser",
                [
                    GraphTensor.Float32("sample", noisy, 1, 3, 16, 16),
                    GraphTensor.Int64("timestep", [300], 1),
                    GraphTensor.Float32("encoder_hidden_states", context, 1, 77, 16),
                ],
                ["out_sample"],
                TestContext.Current.CancellationToken
            )[0]
            .Floats!;
        double alphaBar = model.Schedule.AlphaBar(300);
        for (int cell = 0; cell < map.Length; cell++)
        {
            double expected = Enumerable
                .Range(0, 3)
                .Select(channel => (channel * 256) + cell)
                .Average(i => Math.Abs(noise[i] - ((Math.Sqrt(alphaBar) * velocity[i]) + (Math.Sqrt(1 - alphaBar) * noisy[i]))));
            Assert.Equal(expected, map[cell], 1e-5);
        }
    }

    [Fact]
    public void CellWeights_HeatmapAndBoxes_LieOnTheLatents()
    {
        ModelHeatmap heatmap = new(new GridSize(4, 8), [.. Enumerable.Range(0, 32).Select(i => i == 13 ? 1f : 0)]);

        // Row 1, column 5 of 4 x 8 lies in row 0, column 2 of 2 x 4.
        Assert.Equal([0, 0, 0.25f, 0, 0, 0, 0, 0], CellWeights.Of(heatmap, new GridSize(2, 4)));

        // An image of 200 x 100: the model sees columns 50 to 149; the box covers the left upper quarter of that, and a bit.
        float[] weights = CellWeights.Of(
            [new PixelBox(50, 0, 51, 50)],
            new ImageTransform(new ImageSize(200, 100), 64),
            new GridSize(4, 4)
        );
        Assert.Equal([1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], weights);
        Assert.Null(CellWeights.Mean([1, 2], [0, 0]));
        Assert.Equal(1.75, CellWeights.Mean([1, 2], [1, 3]));
        Assert.Equal(1.5, CellWeights.Mean([1, 2], null));
    }
}
