using System.Text.Json;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Server.Tests.Http;

[Trait("Category", "slow")]
public sealed class ConfidenceResponseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxr-confidence-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<TestService> Start(RegionSupport region) =>
        TestService.StartAsync(
            "Cxr:Bundles:0",
            CalibratedBundle.Calibrate(VerifiedTinyBundle.Create(Path.Combine(_folder, "tiny")), region)
        );

    private static async Task<JsonElement> Ground(TestService service, string preset = "exact", string confidence = "true")
    {
        using HttpResponseMessage response = await service.Client.PostAsync(
            "/v1/ground",
            TestService.Form(
                Radiographs.Png(),
                ("phrases", "left lower pneumonia"),
                ("heatmaps", "model"),
                ("overlays", "true"),
                ("preset", preset),
                ("confidence", confidence)
            )
        );
        return await TestService.JsonAsync(response);
    }

    [Theory]
    [InlineData(RegionSupport.Supported, "supported", true)]
    [InlineData(RegionSupport.LowConfidence, "low_confidence", true)]
    [InlineData(RegionSupport.NoRegion, "no_region", false)]
    public async Task Ground_CalibratedBundle_SaysWhatTheImageSupports(RegionSupport region, string name, bool hasBoxes)
    {
        await using TestService service = await Start(region);

        JsonElement result = await Ground(service);

        JsonElement phrase = result.GetProperty("phrases")[0];
        Assert.True(result.GetProperty("bundle").GetProperty("calibrated").GetBoolean());
        Assert.Equal((0.5, name), (phrase.GetProperty("confidence").GetDouble(), phrase.GetProperty("region").GetString()));
        Assert.Equal(hasBoxes, phrase.GetProperty("boxes").GetArrayLength() > 0);
        Assert.StartsWith("data:image/png", phrase.GetProperty("heatmap").GetString(), StringComparison.Ordinal);
        JsonElement model = (await TestService.JsonAsync(await service.Client.GetAsync("/v1/models"))).GetProperty("models")[0];
        Assert.True(model.GetProperty("calibrated").GetBoolean());
    }

    [Fact]
    public async Task Ground_ConfidenceNotAskedFor_GivesNoneAndShowsTheBoxes()
    {
        await using TestService service = await Start(RegionSupport.NoRegion);

        // Presets do not matter: the confidence is the image's and the phrase's. Without it, the same trajectory serves.
        JsonElement with = await Ground(service, "turbo");
        JsonElement without = await Ground(service, "turbo", confidence: "false");

        Assert.True(with.GetProperty("bundle").GetProperty("calibrated").GetBoolean());
        Assert.Equal(4, with.GetProperty("evaluations").GetProperty("support").GetInt64());
        Assert.False(without.GetProperty("bundle").GetProperty("calibrated").GetBoolean());
        Assert.Equal(0, without.GetProperty("evaluations").GetProperty("support").GetInt64());
        JsonElement phrase = without.GetProperty("phrases")[0];
        Assert.Equal(JsonValueKind.Null, phrase.GetProperty("confidence").ValueKind);
        Assert.Equal(JsonValueKind.Null, phrase.GetProperty("region").ValueKind);
        Assert.True(phrase.GetProperty("boxes").GetArrayLength() > 0);
        Assert.Equal(with.GetProperty("phrases")[0].GetProperty("heatmap").GetString(), phrase.GetProperty("heatmap").GetString());
    }
}
