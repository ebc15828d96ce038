using System.Net.Http.Json;
using System.Text.Json;
using CxrOnnx.Cli;
using CxrOnnx.CommandLine;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Imaging.Raster;
using CxrOnnx.Workflows.Results;
using Xunit;

namespace CxrOnnx.Server.Tests.Http;

[Trait("Category", "slow")]
public sealed class GroundTests : IAsyncLifetime
{
    private TestService _service = null!;

    private HttpClient Client => _service.Client;

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private static async Task<GroundResult> ResultAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, text);
            return GroundResultFile.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Ground_DeterministicService_GivesAPhraseTheSameBytesInAnyCompany()
    {
        await using TestService fixedService = await TestService.StartAsync("Cxr:Deterministic", "true");
        async Task<GroundResult> Of(string phrases)
        {
            using HttpResponseMessage response = await fixedService.Client.PostAsync(
                "/v1/ground",
                TestService.Form(Radiographs.Png(), ("phrases", phrases), ("heatmaps", "image"))
            );
            return await ResultAsync(response);
        }

        // Together, and beside each other: the service computes what waits in one batch.
        GroundResult together = await Of("left lower pneumonia\ncardiomegaly\nright pneumothorax");
        GroundResult[] alone = await Task.WhenAll(Of("right pneumothorax"), Of("cardiomegaly"), Of("left lower pneumonia"));
        foreach (GroundResult result in alone)
        {
            Assert.Equal((true, 1), (result.Provider.Deterministic, result.Provider.Threads));
            PhraseResult phrase = Assert.Single(result.Phrases);
            PhraseResult wanted = together.Phrases.Single(candidate => candidate.Phrase == phrase.Phrase);
            Assert.Equal(wanted.Heatmap, phrase.Heatmap);
            Assert.Equal(wanted.Peak, phrase.Peak);
            Assert.Equal(wanted.Focus, phrase.Focus);
        }
    }

    [Fact]
    public async Task Ground_FileWithTwoPages_WantsAChoiceAndKeepsThemApart()
    {
        byte[] pages = Radiographs.TwoPages(96, 120);
        JsonElement problem = await TestService.AssertProblemAsync(
            await Client.PostAsync("/v1/ground", TestService.Form(pages, ("phrases", "cardiomegaly"))),
            422,
            "unusable"
        );
        Assert.Contains("it has 2 pages; choose one with `frame` (1 to 2)", problem.GetProperty("detail").GetString());
        async Task<GroundResult> Of(string frame)
        {
            using HttpResponseMessage response = await Client.PostAsync(
                "/v1/ground",
                TestService.Form(pages, ("phrases", "cardiomegaly"), ("heatmaps", "image"), ("frame", frame))
            );
            return await ResultAsync(response);
        }

        GroundResult first = await Of("1");
        GroundResult second = await Of("2");

        Assert.Equal((1, 2), (first.Image.Frame, second.Image.Frame));
        Assert.Equal(first.Image.Sha256, second.Image.Sha256);
        Assert.NotEqual(first.TrajectorySha256, second.TrajectorySha256);
        Assert.Equal(first.TrajectorySha256, (await Of("1")).TrajectorySha256);
        await TestService.AssertProblemAsync(
            await Client.PostAsync("/v1/ground", TestService.Form(pages, ("phrases", "cardiomegaly"), ("frame", "0"))),
            400,
            "form"
        );
        JsonElement stored = await TestService.JsonAsync(await Client.PostAsync("/v1/images", TestService.Form(pages, ("frame", "2"))));
        Assert.Equal(2, stored.GetProperty("image").GetProperty("frame").GetInt32());
    }

    [Fact]
    public async Task Ground_TwoPhrases_GivesBoxesAndProof()
    {
        byte[] file = Radiographs.Png();

        using HttpResponseMessage response = await Client.PostAsync(
            "/v1/ground",
            TestService.Form(
                file,
                ("phrases", "left lower pneumonia\ncardiomegaly"),
                ("heatmaps", "image"),
                ("overlays", "true"),
                ("threshold", "0.4")
            )
        );
        GroundResult result = await ResultAsync(response);

        Assert.Equal(["left lower pneumonia", "cardiomegaly"], result.Phrases.Select(phrase => phrase.Phrase));
        Assert.Equal(
            ("left lower pneumonia", "pneumonia", "left lower"),
            (result.Phrases[0].StandardPrompt, result.Phrases[0].Pathology, result.Phrases[0].Locations[0])
        );
        Assert.Equal((96, 120, "png", 0.4), (result.Image.Width, result.Image.Height, result.Image.Format, result.Threshold));
        Assert.Equal([0.0, 12, 96, 96], result.Image.FieldOfView);
        Assert.Equal(Sha256.OfBytes(file), result.Image.Sha256);
        Assert.Null(result.Image.File);
        JsonElement model = (await TestService.JsonAsync(await Client.GetAsync("/v1/models/tiny")));
        Assert.Equal(Sha256.OfFile(Path.Combine(TestService.Bundle, "bundle.json")), result.Proof!.BundleSha256);
        Assert.Equal(result.Proof.BundleSha256, model.GetProperty("bundle_sha256").GetString());
        Assert.Equal(Sha256.OfBytes(await Client.GetByteArrayAsync("/v1/models/tiny/parity")), result.Proof.ParityReportSha256);
        (float[] heatmap, int width, int height) = HeatmapPng.Decode(
            Convert.FromBase64String(result.Phrases[0].Heatmap!.Split(',')[1]),
            "heatmap"
        );
        Assert.Equal((96, 120), (width, height));
        Assert.All(heatmap[..(12 * 96)], value => Assert.True(float.IsNaN(value)));
        Assert.All(heatmap[(12 * 96)..(108 * 96)], value => Assert.InRange(value, 0f, 1f));
        foreach (string picture in (string[])[result.Phrases[0].Overlay!, result.Phrases[0].Heatmap!])
        {
            using NetVips.Image png = NetVips.Image.PngloadBuffer(Convert.FromBase64String(picture.Split(',')[1]));
            string[] texts =
            [
                .. png.GetFields()
                    .Where(field => field.StartsWith("png-comment", StringComparison.Ordinal))
                    .Select(field => $"{field.Split('-', 4)[3]}={png.Get(field)}"),
            ];
            Assert.Contains($"CxrOnnx-bundle-sha256={result.Proof.BundleSha256}", texts);
            Assert.Contains($"CxrOnnx-parity-report-sha256={result.Proof.ParityReportSha256}", texts);
            Assert.Contains($"CxrOnnx-trajectory-sha256={result.TrajectorySha256}", texts);
            Assert.DoesNotContain(texts, text => text.Contains("pneumonia", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Ground_SavedAnswer_IsReproducedByReplay()
    {
        string folder = Directory.CreateTempSubdirectory("cxr-replay-").FullName;
        string image = Path.Combine(folder, "elsewhere.png");
        string saved = Path.Combine(folder, "answer.json");
        await File.WriteAllBytesAsync(image, Radiographs.Png());
        foreach (string heatmaps in (string[])["image", "model", "none"])
        {
            using HttpResponseMessage response = await Client.PostAsync(
                "/v1/ground",
                TestService.Form(Radiographs.Png(), ("phrases", "right upper opacity"), ("heatmaps", heatmaps))
            );
            await File.WriteAllTextAsync(saved, await response.Content.ReadAsStringAsync());
            StringWriter output = new();
            StringWriter error = new();

            int code = await CommandRunner.RunAsync(
                CxrRootCommand.Create(),
                ["replay", saved, "--image", image, "--bundle", TestService.Bundle, "--json"],
                output,
                error,
                TestContext.Current.CancellationToken
            );

            Assert.True(code == 0, error.ToString());
            JsonElement report = JsonDocument.Parse(output.ToString()).RootElement;
            Assert.True(report.GetProperty("same_trajectory").GetBoolean());
            Assert.InRange(report.GetProperty("phrases")[0].GetProperty("max_abs").GetDouble(), 0, 1e-5);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Ground_NormalReport_IsAnAnswerWithoutPhrases()
    {
        GroundResult result = await ResultAsync(
            await Client.PostAsync("/v1/ground", TestService.Form(Radiographs.Png(), ("report", "Everything is normal. No pneumothorax.")))
        );

        Assert.Empty(result.Phrases);
        Assert.Equal("absent", Assert.Single(result.Report!.Denied).Sense);
    }

    [Fact]
    public async Task Ground_Report_GroundsItsFindings()
    {
        using HttpResponseMessage response = await Client.PostAsync(
            "/v1/ground",
            TestService.Form(Radiographs.Png(), ("report", "There is a left lower lobe pneumonia. No pneumothorax. The heart is enlarged."))
        );
        GroundResult result = await ResultAsync(response);

        Assert.Equal(["left lower pneumonia", "cardiomegaly"], result.Phrases.Select(phrase => phrase.Phrase).OrderDescending());
    }

    [Fact]
    public async Task UploadedImage_SecondRequest_ReusesTheTrajectory()
    {
        JsonElement uploaded = await TestService.JsonAsync(
            await Client.PostAsync("/v1/images", TestService.Form(Radiographs.Png(130, 100)))
        );
        string id = uploaded.GetProperty("id").GetString()!;
        Assert.Equal(130, uploaded.GetProperty("image").GetProperty("width").GetInt32());

        using HttpResponseMessage prepared = await Client.PostAsJsonAsync($"/v1/images/{id}/prepare", new { });
        Assert.Equal(204, (int)prepared.StatusCode);
        GroundResult first = await ResultAsync(
            await Client.PostAsJsonAsync(
                $"/v1/images/{id}/ground",
                new
                {
                    phrases = new[] { "cardiomegaly" },
                    per_token = true,
                    heatmaps = "model",
                }
            )
        );
        GroundResult fresh = await ResultAsync(
            await Client.PostAsync("/v1/ground", TestService.Form(Radiographs.Png(130, 100), ("phrases", "cardiomegaly")))
        );

        // The form and the stored image meet in the same cache, because it goes by content.
        Assert.Equal((0, 0), (first.Evaluations.Trajectory, fresh.Evaluations.Trajectory));
        Assert.Equal(first.TrajectorySha256, fresh.TrajectorySha256);
        Assert.Equal(first.Phrases[0].Boxes, fresh.Phrases[0].Boxes);
        Assert.Equal(first.Phrases[0].Tokens.Count, first.Phrases[0].TokenHeatmaps.Count);
        Assert.All(first.Phrases[0].TokenHeatmaps, token => Assert.StartsWith("data:image/png", token.Heatmap, StringComparison.Ordinal));
        using HttpResponseMessage pixels = await Client.GetAsync($"/v1/images/{id}/pixels?max_side=65");
        Assert.Equal(
            ("65", "50"),
            (pixels.Headers.GetValues("X-Image-Width").Single(), pixels.Headers.GetValues("X-Image-Height").Single())
        );
        Assert.Equal(65 * 50 * 2, (await pixels.Content.ReadAsByteArrayAsync()).Length);
        Assert.Equal(204, (int)(await Client.DeleteAsync($"/v1/images/{id}")).StatusCode);
        await TestService.AssertProblemAsync(await Client.GetAsync($"/v1/images/{id}"), 404, "image-unknown");
    }

    [Fact]
    public async Task Ground_ProgressWanted_SendsLinesThenTheResult()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/ground")
        {
            Content = TestService.Form(Radiographs.Png(70, 90), ("phrases", "edema")),
        };
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using HttpResponseMessage response = await Client.SendAsync(request);
        JsonElement[] lines =
        [
            .. (await response.Content.ReadAsStringAsync()).TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement),
        ];

        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("edema", lines[^1].GetProperty("result").GetProperty("phrases")[0].GetProperty("phrase").GetString());
        Assert.All(
            lines[..^1],
            line =>
                Assert.InRange(
                    line.GetProperty("progress").GetProperty("done").GetInt32(),
                    0,
                    line.GetProperty("progress").GetProperty("total").GetInt32()
                )
        );
    }

    [Fact]
    public async Task Logs_HoldNothingOfThePatient()
    {
        using HttpResponseMessage answered = await Client.PostAsync(
            "/v1/ground?patient=Doe",
            TestService.Form(Radiographs.Png(), ("phrases", "left lower pneumonia"))
        );
        using HttpResponseMessage refused = await Client.PostAsync(
            "/v1/ground",
            TestService.Form(Radiographs.Png(), ("phrases", "zebrafish Doe"))
        );
        using HttpResponseMessage unknown = await Client.GetAsync("/v1/images/Doe");
        using HttpResponseMessage nowhere = await Client.GetAsync("/Doe");

        Assert.Equal(
            (200, 422, 404, 404),
            ((int)answered.StatusCode, (int)refused.StatusCode, (int)unknown.StatusCode, (int)nowhere.StatusCode)
        );
        Assert.Contains(_service.Log.Lines, line => line.Contains("POST /v1/ground 200", StringComparison.Ordinal));
        string[] own =
        [
            .. _service.Log.Lines.Where(line =>
                !line.StartsWith("Trace", StringComparison.Ordinal)
                && !line.StartsWith("Debug", StringComparison.Ordinal)
                && !line.StartsWith("scope", StringComparison.Ordinal)
            ),
        ];
        Assert.All(own, line => Assert.DoesNotContain("Doe", line, StringComparison.Ordinal));
        Assert.All(own, line => Assert.DoesNotContain("lower pneumonia", line, StringComparison.Ordinal));
    }
}
