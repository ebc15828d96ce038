using System.Net;
using System.Text.Json;
using CxrOnnx.Tests;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>Readiness, reloading, several bundles, the description of the API, metrics.</summary>
[Trait("Category", "slow")]
public sealed class OperationTests
{
    private static MultipartFormDataContent Form(string phrases, params (string Name, string Value)[] more) =>
        TestService.Form(Radiographs.Png(), [("phrases", phrases), .. more]);

    [Theory]
    [InlineData("vae.", "vae_encoder")]
    [InlineData("unet.", "denoiser")]
    [InlineData("text.", "text_encoder")]
    public async Task ChangedWeights_BehindAForgedChecksum_AreNotServed(string prefix, string graph)
    {
        string folder = Directory.CreateTempSubdirectory("cxr-forged-").FullName;
        string bundle = VerifiedTinyBundle.Create(Path.Combine(folder, "forged"));
        VerifiedTinyBundle.Tamper(bundle, prefix);
        await using TestService service = await TestService.StartAsync(false, "Cxr:Bundles:0", bundle);
        JsonElement state = default;
        await service.UntilAsync(async () =>
        {
            using HttpResponseMessage ready = await service.Client.GetAsync("/v2/health/ready");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            state = JsonDocument.Parse(await ready.Content.ReadAsStringAsync()).RootElement;
            return state.GetProperty("models")[0].GetProperty("state").GetString() == "failed";
        });

        string problem = state.GetProperty("models")[0].GetProperty("problem").GetString()!;
        Assert.Contains($"{graph}/case", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(folder, problem, StringComparison.Ordinal);
        using HttpResponseMessage refused = await service.Client.PostAsync("/v1/ground", Form("edema"));
        Assert.Contains(
            graph,
            (await TestService.AssertProblemAsync(refused, 503, "not-ready")).GetProperty("detail").GetString()!,
            StringComparison.Ordinal
        );
        Assert.False(
            (await TestService.JsonAsync(await service.Client.GetAsync("/v1/models/forged/parity"))).GetProperty("passed").GetBoolean()
        );
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/v2/health/live")).StatusCode);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Reload_UnderLoad_DropsNoRequest()
    {
        string folder = Directory.CreateTempSubdirectory("cxr-reload-").FullName;
        string bundle = VerifiedTinyBundle.Create(Path.Combine(folder, "model"));
        await using TestService service = await TestService.StartAsync("Cxr:Bundles:0", bundle, "Cxr:TrajectoryCacheBytes", "0");
        using CancellationTokenSource stop = new();
        Task<int>[] clients =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        int count = 0;
                        for (; !stop.IsCancellationRequested; count++)
                        {
                            using HttpResponseMessage response = await service.Client.PostAsync("/v1/ground", Form("edema"));
                            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                        }

                        return count;
                    })
                ),
        ];

        for (int i = 0; i < 3; i++)
        {
            Assert.True(
                (await TestService.JsonAsync(await service.Client.PostAsync("/v1/models/model/reload", null)))
                    .GetProperty("ready")
                    .GetBoolean()
            );
        }

        // A new version that computes wrongly is refused, and the old one goes on.
        string before = (await TestService.JsonAsync(await service.Client.GetAsync("/v1/models/model")))
            .GetProperty("bundle_sha256")
            .GetString()!;
        string broken = VerifiedTinyBundle.Create(Path.Combine(folder, "broken"));
        VerifiedTinyBundle.Tamper(broken, "unet.");
        Directory.Move(bundle, bundle + ".old");
        Directory.Move(broken, bundle);
        await TestService.AssertProblemAsync(await service.Client.PostAsync("/v1/models/model/reload", null), 409, "reload");
        JsonElement after = await TestService.JsonAsync(await service.Client.GetAsync("/v1/models/model"));
        Assert.Equal(
            (true, "failed", before),
            (
                after.GetProperty("ready").GetBoolean(),
                after.GetProperty("state").GetString(),
                after.GetProperty("bundle_sha256").GetString()
            )
        );
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(clients), count => Assert.True(count > 0));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task TwoBundles_AreServedSideBySide()
    {
        await using TestService service = await TestService.StartAsync(
            "Cxr:Bundles:0",
            $"first={TestService.Bundle}",
            "Cxr:Bundles:1",
            $"second={TestService.Bundle}"
        );

        using HttpResponseMessage response = await service.Client.PostAsync("/v1/ground", Form("edema", ("model", "second")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonElement list = await TestService.JsonAsync(await service.Client.GetAsync("/v1/models/"));
        Assert.Equal(
            ["first", "second"],
            list.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("name").GetString()!)
        );
        Assert.Contains("cxr_model_ready{model=\"second\"} 1", await service.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenApi_DescribesEveryRoute()
    {
        await using TestService service = await TestService.StartAsync(false);
        JsonElement document = await TestService.JsonAsync(await service.Client.GetAsync("/openapi/v1.json"));
        string[] described =
        [
            .. document
                .GetProperty("paths")
                .EnumerateObject()
                .SelectMany(path =>
                    path.Value.EnumerateObject()
                        .Where(verb => verb.Value.ValueKind == JsonValueKind.Object)
                        .Select(verb => $"{verb.Name.ToUpperInvariant()} {path.Name}")
                ),
        ];
        string[] routes =
        [
            .. service
                .Services.GetServices<Microsoft.AspNetCore.Routing.EndpointDataSource>()
                .SelectMany(source => source.Endpoints)
                .OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
                .Where(endpoint =>
                    endpoint.RoutePattern.RawText is { } route
                    && (
                        route.StartsWith("/v1", StringComparison.Ordinal)
                        || route.StartsWith("/v2", StringComparison.Ordinal)
                        || route == "/metrics"
                    )
                )
                .SelectMany(endpoint =>
                    endpoint
                        .Metadata.GetMetadata<Microsoft.AspNetCore.Routing.IHttpMethodMetadata>()!
                        .HttpMethods.Select(verb => $"{verb} /{endpoint.RoutePattern.RawText!.Trim('/')}")
                ),
        ];

        Assert.NotEmpty(routes);
        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Select(route => route.TrimEnd('/')).Order(StringComparer.Ordinal));
        JsonElement ground = document.GetProperty("paths").GetProperty("/v1/ground").GetProperty("post");
        Assert.True(ground.GetProperty("requestBody").GetProperty("content").TryGetProperty("multipart/form-data", out _));
        Assert.Contains("trajectory_sha256", document.ToString(), StringComparison.Ordinal);
        Assert.Contains("SHA-256 over the image", document.ToString(), StringComparison.Ordinal);
        foreach (string status in (string[])["400", "401", "413", "415", "422", "429", "503", "504"])
        {
            Assert.True(ground.GetProperty("responses").TryGetProperty(status, out _), status);
        }
    }

    [Fact]
    public async Task Metrics_AfterARequest_CountIt()
    {
        await using TestService service = await TestService.StartAsync();
        await service.AssertHealthyAsync();
        await service.AssertHealthyAsync();

        string text = await service.Client.GetStringAsync("/metrics");

        Assert.Contains("cxr_requests_total{method=\"POST\",route=\"/v1/ground\",status=\"200\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("cxr_trajectory_cache_hits_total 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cxr_request_seconds_bucket{route=\"/v1/ground\",le=\"+Inf\"} 2\n", text, StringComparison.Ordinal);
        Assert.Matches("cxr_model_info\\{model=\"tiny\",bundle=\"[0-9a-f]{16}\",precision=\"fp32\",provider=\"cpu\"\\} 1\n", text);
        Assert.All(text.TrimEnd().Split('\n'), line => Assert.Matches("^(# (HELP|TYPE) .+|[a-z_]+(\\{.*\\})? [-+0-9.eE]+)$", line));
    }
}
