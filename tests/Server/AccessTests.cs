using System.Net;
using System.Net.Http.Headers;
using CxrOnnx.Core;
using CxrOnnx.Server.Hosting;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>Who may ask the service: hosts, origins, keys, addresses.</summary>
[Trait("Category", "slow")]
public sealed class AccessTests
{
    private const string Key = "0123456789abcdef0123";

    [Fact]
    public async Task Host_OfAnotherName_Is403()
    {
        await using TestService service = await TestService.StartAsync();
        using HttpRequestMessage rebound = new(HttpMethod.Get, "/v1/models/");
        rebound.Headers.Host = "evil.example";
        await TestService.AssertProblemAsync(await service.Client.SendAsync(rebound), 403, "host");
        using HttpRequestMessage foreign = new(HttpMethod.Post, "/v1/ground")
        {
            Content = TestService.Form(Radiographs.Png(), ("phrases", "edema")),
        };
        foreign.Headers.Add("Origin", "https://evil.example");
        await TestService.AssertProblemAsync(await service.Client.SendAsync(foreign), 403, "origin");
        using HttpRequestMessage own = new(HttpMethod.Get, "/v1/models/");
        own.Headers.Add("Origin", service.Address.GetLeftPart(UriPartial.Authority));
        Assert.Equal(HttpStatusCode.OK, (await service.Client.SendAsync(own)).StatusCode);
    }

    [Fact]
    public async Task Keys_WrongOrMissing_Are401()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, $"# keys\nviewer {Key}\n");
        await using TestService guarded = await TestService.StartAsync("Cxr:ApiKeyFile", file);
        File.Delete(file);
        foreach (
            string? authorization in (string?[])
                [null, "Bearer ", "Bearer 0123456789abcdef0124", $"Basic {Key}", "Bearer " + new string('x', 8000)]
        )
        {
            foreach (string path in (string[])["/v1/models/", "/metrics", "/v2/models/tiny", "/V1/models/"])
            {
                using HttpRequestMessage request = new(HttpMethod.Get, path);
                if (authorization is not null)
                {
                    request.Headers.TryAddWithoutValidation("Authorization", authorization);
                }

                using HttpResponseMessage response = await guarded.Client.SendAsync(request);
                await TestService.AssertProblemAsync(response, 401, "key");
                Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
            }
        }

        foreach (string path in (string[])["/", "/app.js", "/v2/health/live", "/v2/health/ready", "/openapi/v1.json"])
        {
            Assert.Equal(HttpStatusCode.OK, (await guarded.Client.GetAsync(path)).StatusCode);
        }

        guarded.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        await guarded.AssertHealthyAsync();
        Assert.Contains(guarded.Log.Lines, line => line.Contains("client viewer", StringComparison.Ordinal));
        Assert.DoesNotContain(guarded.Log.Lines, line => line.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public void Create_BeyondLoopbackWithoutKeys_IsRefused()
    {
        foreach (
            string urls in (string[])
                ["http://0.0.0.0:0", "http://*:0", "http://[::]:0", "http://127.0.0.1:0;http://10.0.0.1:0", "http://example.org:0"]
        )
        {
            InputException refused = Assert.Throws<InputException>(() =>
                ServiceHost.Create(new Dictionary<string, string?> { ["urls"] = urls, ["Cxr:Bundles:0"] = TestService.Bundle })
            );
            Assert.Contains("`api-key-file`", refused.Message, StringComparison.Ordinal);
        }

        InputException kestrel = Assert.Throws<InputException>(() =>
            ServiceHost.Create(
                new Dictionary<string, string?>
                {
                    ["Kestrel:Endpoints:Http:Url"] = "http://0.0.0.0:0",
                    ["Cxr:Bundles:0"] = TestService.Bundle,
                }
            )
        );
        Assert.Contains("0.0.0.0", kestrel.Message, StringComparison.Ordinal);
        InputException setting = Assert.Throws<InputException>(() =>
            ServiceHost.Create(new Dictionary<string, string?> { ["Cxr:Bundles:0"] = TestService.Bundle, ["Cxr:Nonsense"] = "1" })
        );
        Assert.Contains("Nonsense", setting.Message, StringComparison.Ordinal);
    }
}
