using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Server.Tests.Http;

/// <summary>What becomes of free wording, denials and mistakes at the service.</summary>
[Trait("Category", "slow")]
public sealed class HonestPhraseTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-honest-").FullName;
    private TestService _service = null!;

    public async ValueTask InitializeAsync() =>
        _service = await TestService.StartAsync(
            "Cxr:Bundles:0",
            CalibratedBundle.Calibrate(VerifiedTinyBundle.Create(Path.Combine(_folder, "tiny")), RegionSupport.Supported)
        );

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<HttpResponseMessage> Ask(params (string Name, string Value)[] fields) =>
        _service.Client.PostAsync("/v1/ground", TestService.Form(Radiographs.Png(), fields));

    [Fact]
    public async Task Ground_PhrasesOfAllKinds_SayWhatWasGrounded()
    {
        using HttpResponseMessage response = await Ask(
            ("phrases", "left lower pneumonia\nLLL pneumonia\nno pleural effusion\npneumonia without effusion"),
            ("heatmaps", "model"),
            ("overlays", "true"),
            ("overlay", "contour")
        );
        JsonElement[] phrases = [.. (await TestService.JsonAsync(response)).GetProperty("phrases").EnumerateArray()];

        Assert.Equal(
            ["left lower pneumonia", "left lower pneumonia", null, "pneumonia"],
            phrases.Select(phrase => phrase.GetProperty("grounded").GetString())
        );
        Assert.Equal(
            ["supported, 0.50", "supported, 0.50", "denied by the phrase", "confidence unknown: name a place"],
            phrases.Select(phrase => phrase.GetProperty("verdict").GetString())
        );
        Assert.Equal(phrases[0].GetProperty("heatmap").GetString(), phrases[1].GetProperty("heatmap").GetString());
        Assert.True(phrases[2].GetProperty("denied").GetBoolean());
        Assert.Equal(JsonValueKind.Null, phrases[2].GetProperty("heatmap").ValueKind);
        Assert.Equal(JsonValueKind.Null, phrases[2].GetProperty("overlay").ValueKind);
        Assert.Equal(0, phrases[2].GetProperty("boxes").GetArrayLength());
        Assert.Equal("pleural effusion", phrases[3].GetProperty("denies")[0].GetProperty("pathology").GetString());
    }

    [Theory]
    [InlineData("no rib fracture", "negation")]
    [InlineData("pneumonia and cardiomegaly", "several-findings")]
    [InlineData("FINDINGS: Left pneumonia. No effusion.", "report-in-phrase")]
    [InlineData("left lower pnuemonia", "unknown-word")]
    public async Task Ground_PhraseThatWouldMislead_IsRefused(string phrase, string kind)
    {
        using HttpResponseMessage refused = await Ask(("phrases", phrase));
        await TestService.AssertProblemAsync(refused, 422, kind);
    }

    [Fact]
    public async Task Ground_Verbatim_GroundsTheWordsAsTheyStand()
    {
        using HttpResponseMessage response = await Ask(("phrases", "no pleural effusion"), ("verbatim", "true"));
        JsonElement phrase = (await TestService.JsonAsync(response)).GetProperty("phrases")[0];

        Assert.Equal("pleural effusion", phrase.GetProperty("text").GetString());
        Assert.Equal(JsonValueKind.Null, phrase.GetProperty("confidence").ValueKind);
    }

    [Fact]
    public async Task Ground_Report_ReturnsItsReading()
    {
        using HttpResponseMessage response = await Ask(
            ("report", "FINDINGS: Possible left lower pneumonia. No pleural effusion.\nIMPRESSION: As above.")
        );
        JsonElement result = await TestService.JsonAsync(response);

        Assert.True(result.GetProperty("phrases")[0].GetProperty("uncertain").GetBoolean());
        Assert.Equal("pleural effusion", result.GetProperty("report").GetProperty("denied")[0].GetProperty("pathology").GetString());
    }

    [Fact]
    public async Task Phrases_OfAModel_AreTheStandardPromptsItKnows()
    {
        string[] known =
        [
            .. (await TestService.JsonAsync(await _service.Client.GetAsync("/v1/models/tiny/phrases")))
                .GetProperty("phrases")
                .EnumerateArray()
                .Select(phrase => phrase.GetString()!),
        ];

        Assert.Contains("left lower pneumonia", known);
        using HttpResponseMessage unknown = await _service.Client.GetAsync("/v1/models/none/phrases");
        Assert.Equal(404, (int)unknown.StatusCode);
    }

    [Fact]
    public async Task Infer_Pipeline_SaysWhatItGroundedAndRefusesDenials()
    {
        JsonElement answer = await TestService.JsonAsync(await Infer("LLL pneumonia"));

        JsonElement grounded = answer
            .GetProperty("outputs")
            .EnumerateArray()
            .Single(output => output.GetProperty("name").GetString() == "grounded");
        Assert.Equal("BYTES", grounded.GetProperty("datatype").GetString());
        Assert.Equal("left lower pneumonia", grounded.GetProperty("data")[0].GetString());
        using HttpResponseMessage denied = await Infer("no pleural effusion");
        await TestService.AssertProblemAsync(denied, 422, "negation");
        using HttpResponseMessage verbatim = await Infer("no pleural effusion", verbatim: true);
        Assert.Equal(200, (int)verbatim.StatusCode);
    }

    private Task<HttpResponseMessage> Infer(string phrase, bool verbatim = false) =>
        _service.Client.PostAsJsonAsync(
            "/v2/models/tiny.pipeline/infer",
            new JsonObject
            {
                ["parameters"] = new JsonObject { ["verbatim"] = verbatim },
                ["inputs"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "image",
                        ["datatype"] = "FP32",
                        ["shape"] = new JsonArray(1, 1, 40, 48),
                        ["data"] = new JsonArray([.. Enumerable.Range(0, 40 * 48).Select(i => JsonValue.Create(i % 48 / 47f))]),
                    },
                    new JsonObject
                    {
                        ["name"] = "phrase",
                        ["datatype"] = "BYTES",
                        ["shape"] = new JsonArray(1),
                        ["data"] = new JsonArray(phrase),
                    }
                ),
            }
        );
}
