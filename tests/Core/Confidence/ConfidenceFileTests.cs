using System.Text;
using System.Text.Json.Nodes;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Confidence;

[Trait("Category", "quick")]
public sealed class ConfidenceFileTests
{
    private static string Refused(string json) =>
        Assert.Throws<ArtifactException>(() => ConfidenceFile.Parse(Encoding.UTF8.GetBytes(json), "confidence.json")).Message;

    /// <summary>The sample with one change.</summary>
    private static string Changed(Action<JsonObject> change)
    {
        JsonObject document = JsonNode.Parse(ConfidenceFile.ToJson(Calibrations.Sample))!.AsObject();
        change(document);
        return document.ToJsonString();
    }

    private static JsonObject Model(JsonObject document) => document["model"]!.AsObject();

    private static JsonObject Feature(JsonObject document) => Model(document)["features"]![0]!.AsObject();

    [Fact]
    public void Write_ThenRead_GivesTheSameText()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("confidence.json");

        ConfidenceFile.Write(path, Calibrations.Sample);

        Assert.Equal(ConfidenceFile.ToJson(Calibrations.Sample), ConfidenceFile.ToJson(ConfidenceFile.Read(path)));
        JsonNode written = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.Equal(0.25, (double)written["model"]!["thresholds"]!["no_region"]!);
        Assert.Equal("held-out patients", (string)written["model"]!["figures"]![0]!["name"]!);
    }

    [Fact]
    public void Read_NoFile_SaysWhatWritesIt() =>
        Assert.Contains(
            "cxr-lab calibrate",
            Assert.Throws<ArtifactException>(() => ConfidenceFile.Read("/nowhere/confidence.json")).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("", "is not a calibration")]
    [InlineData("{", "is not a calibration")]
    [InlineData("[]", "has no schema_version")]
    [InlineData("{}", "has no schema_version")]
    [InlineData("""{ "schema_version": 1 }""", "has schema version 1, this program reads version 2")]
    [InlineData("""{ "schema_version": "2" }""", "has schema version \"2\"")]
    [InlineData("""{ "schema_version": 2 }""", "probe")]
    public void Parse_NoCalibration_IsRefused(string json, string problem) =>
        Assert.Contains(problem, Refused(json), StringComparison.Ordinal);

    [Fact]
    public void Parse_UnknownField_IsRefused() =>
        Assert.Contains("treshold", Refused(Changed(document => document["treshold"] = 1)), StringComparison.Ordinal);

    [Fact]
    public void Parse_FieldTwice_IsRefused() =>
        Assert.Contains(
            "created_by",
            Refused(
                ConfidenceFile
                    .ToJson(Calibrations.Sample)
                    .Replace("\"created_by\"", "\"created_by\": \"x\", \"created_by\"", StringComparison.Ordinal)
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_MissingField_IsRefused() =>
        Assert.Contains("intercept", Refused(Changed(document => Model(document).Remove("intercept"))), StringComparison.Ordinal);

    [Fact]
    public void Parse_Null_IsRefused() =>
        Assert.Contains("is not a calibration", Refused(Changed(document => document["data"] = null)), StringComparison.Ordinal);

    [Fact]
    public void Parse_OtherType_IsRefused() =>
        Assert.Contains("is not a calibration", Refused(Changed(document => Model(document)["intercept"] = "0")), StringComparison.Ordinal);

    [Fact]
    public void Parse_NoChecksum_IsRefused() =>
        Assert.Contains("weights_sha256", Refused(Changed(document => document["weights_sha256"] = "abc")), StringComparison.Ordinal);

    [Fact]
    public void Parse_NoTimesteps_IsRefused() =>
        Assert.Contains(
            "the probe has 0 timesteps",
            Refused(Changed(document => document["probe"]!["timesteps"] = new JsonArray())),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_TooManyTimesteps_IsRefused() =>
        Assert.Contains(
            "the probe has 65 timesteps",
            Refused(
                Changed(document => document["probe"]!["timesteps"] = new JsonArray([.. Enumerable.Range(0, 65).Select(i => (JsonNode)i)]))
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_NegativeTimestep_IsRefused() =>
        Assert.Contains(
            "timestep -1 of the probe",
            Refused(Changed(document => document["probe"]!["timesteps"]![0] = -1)),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(-1, 1)]
    public void Parse_ImageErrorOutOfOrder_IsRefused(double median, double limit) =>
        Assert.Contains(
            "must be positive, finite and in order",
            Refused(
                Changed(document =>
                {
                    document["image_error"]!["median"] = median;
                    document["image_error"]!["limit"] = limit;
                })
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_ModelNull_IsRefused() =>
        Assert.Contains("is not a calibration", Refused(Changed(document => document["model"] = null)), StringComparison.Ordinal);

    [Fact]
    public void Parse_NoFeatures_IsRefused() =>
        Assert.Contains(
            "has no features",
            Refused(Changed(document => Model(document)["features"] = new JsonArray())),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_FeatureNull_IsRefused() =>
        Assert.Contains(
            "a feature is null",
            Refused(Changed(document => Model(document)["features"]![0] = null)),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_UnknownFeature_IsRefusedWithTheKnownOnes()
    {
        string message = Refused(Changed(document => Feature(document)["name"] = "luck"));
        Assert.Contains("'luck' is not known", message, StringComparison.Ordinal);
        Assert.Contains(SupportFeatures.Names[^1], message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RelativeFeatureWithoutReferences_IsRefused() =>
        Assert.Contains(
            "there are no references",
            Refused(Changed(document => Feature(document)["name"] = "image_gain_relative")),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("3 references, wanted 4 to 64", "left lower pneumonia", "cardiomegaly", "left pleural effusion")]
    [InlineData(
        "'nothing' is no standard prompt with a place",
        "nothing",
        "left lung edema",
        "right lung edema",
        "left apical pneumothorax"
    )]
    [InlineData("a reference is there twice", "left lung edema", "right lung edema", "left lung edema", "left apical pneumothorax")]
    public void Parse_WrongReferences_IsRefused(string problem, params string[] references) =>
        Assert.Contains(
            problem,
            Refused(
                Changed(document =>
                    document["references"] = new JsonArray([.. references.Select(text => (JsonNode)JsonValue.Create(text)!)])
                )
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void ToJson_References_AreReadAgain()
    {
        ConfidenceCalibration calibration = Calibrations.Sample with
        {
            References = ["left lung edema", "right lung edema", "left lower pneumonia", "left apical pneumothorax"],
        };

        ConfidenceCalibration read = ConfidenceFile.Parse(Encoding.UTF8.GetBytes(ConfidenceFile.ToJson(calibration)), "test");

        Assert.Equal(calibration.References, read.References);
        Assert.Null(ConfidenceFile.Parse(Encoding.UTF8.GetBytes(ConfidenceFile.ToJson(Calibrations.Sample)), "test").References);
        Assert.DoesNotContain("references", ConfidenceFile.ToJson(Calibrations.Sample), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_FeatureTwice_IsRefused() =>
        Assert.Contains(
            "is there twice",
            Refused(Changed(document => Feature(document)["name"] = SupportFeatures.Names[0])),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1e999")]
    public void Parse_ScaleNotPositive_IsRefused(string scale) =>
        Assert.Contains(
            "it must be positive",
            Refused(Changed(document => Feature(document)["scale"] = JsonNode.Parse(scale))),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("mean")]
    [InlineData("weight")]
    public void Parse_NumberNotFinite_IsRefused(string field) =>
        Assert.Contains(
            "not finite",
            Refused(Changed(document => Feature(document)[field] = JsonNode.Parse("1e999"))),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_InterceptNotFinite_IsRefused() =>
        Assert.Contains(
            "intercept is not finite",
            Refused(Changed(document => Model(document)["intercept"] = JsonNode.Parse("-1e999"))),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(0.8, 0.2)]
    [InlineData(-0.1, 0.5)]
    [InlineData(0.5, 1.1)]
    public void Parse_ThresholdsOutOfOrderOrRange_IsRefused(double noRegion, double supported) =>
        Assert.Contains(
            "must be in order and lie in [0, 1]",
            Refused(
                Changed(document =>
                {
                    Model(document)["thresholds"]!["no_region"] = noRegion;
                    Model(document)["thresholds"]!["supported"] = supported;
                })
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void Parse_SeveralProblems_NamesAll()
    {
        string message = Refused(
            Changed(document =>
            {
                document["weights_sha256"] = "abc";
                Feature(document)["scale"] = 0;
            })
        );

        Assert.Contains("weights_sha256", message, StringComparison.Ordinal);
        Assert.Contains("scale", message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckWeights_OtherModel_IsRefused()
    {
        Calibrations.Sample.CheckWeights(Calibrations.Weights.ToUpperInvariant(), "confidence.json");
        Assert.Contains(
            "cxr-lab calibrate",
            Assert.Throws<ArtifactException>(() => Calibrations.Sample.CheckWeights(new string('b', 64), "confidence.json")).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArtifactException>(() => Calibrations.Sample.CheckWeights(null, "confidence.json"));
    }
}
