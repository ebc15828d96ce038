using System.Net;
using System.Text.Json;
using CxrOnnx.Server.Work;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>The queue: requests that wait, clients that leave, deadlines, draining.</summary>
[Trait("Category", "slow")]
public sealed class WaitingRequestsTests
{
    private static MultipartFormDataContent Form(string phrases, params (string Name, string Value)[] more) =>
        TestService.Form(Radiographs.Png(), [("phrases", phrases), .. more]);

    /// <summary>Keeps the only worker busy until released, so that requests wait.</summary>
    private sealed class Blocker : WorkItem
    {
        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _running = new();

        public static async Task<Blocker> StartAsync(TestService service)
        {
            Blocker blocker = new() { CancellationToken = CancellationToken.None };
            service.Services.GetRequiredService<WorkQueue>().Add(blocker);
            await blocker._running.Task.WaitAsync(TimeSpan.FromSeconds(20));
            return blocker;
        }

        public void Release() => _release.Set();

        public override void Cancel() { }

        public override int Run(WorkQueue queue, int worker)
        {
            _running.SetResult();
            _release.Wait(TimeSpan.FromSeconds(60));
            return 1;
        }
    }

    private static async Task WaitForAsync(TestService service, int waiting) =>
        await service.UntilAsync(() => Task.FromResult(service.Services.GetRequiredService<WorkQueue>().Count == waiting));

    private static async Task<string> MetricAsync(TestService service, string name) =>
        (await service.Client.GetStringAsync("/metrics")).Split('\n').First(line => line.StartsWith(name + " ", StringComparison.Ordinal))[
            (name.Length + 1)..
        ];

    [Fact]
    public async Task Queue_Full_Answers429AndEverybodyElse200()
    {
        await using TestService service = await TestService.StartAsync("Cxr:QueueLength", "3");
        Blocker blocker = await Blocker.StartAsync(service);
        Task<HttpResponseMessage>[] accepted =
        [
            .. Enumerable.Range(0, 4).Select(_ => service.Client.PostAsync("/v1/ground", Form("edema"))),
        ];
        await WaitForAsync(service, 4);

        using HttpResponseMessage refused = await service.Client.PostAsync("/v1/ground", Form("edema"));

        await TestService.AssertProblemAsync(refused, 429, "queue-full");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("4", await MetricAsync(service, "cxr_queue_depth"));
        Assert.Equal("1", await MetricAsync(service, "cxr_rejected_total"));
        blocker.Release();
        foreach (HttpResponseMessage response in await Task.WhenAll(accepted))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await service.AssertHealthyAsync();
        Assert.Equal("0", await MetricAsync(service, "cxr_queue_depth"));
    }

    [Fact]
    public async Task WaitingPhrases_OfOneImage_AreComputedTogether()
    {
        await using TestService service = await TestService.StartAsync();
        Blocker blocker = await Blocker.StartAsync(service);
        Task<HttpResponseMessage>[] answers =
        [
            .. ((string[])["edema", "cardiomegaly", "edema\nright apical pneumothorax"]).Select(phrases =>
                service.Client.PostAsync("/v1/ground", Form(phrases))
            ),
        ];
        await WaitForAsync(service, 3);

        blocker.Release();
        JsonElement[] results = [.. await Task.WhenAll((await Task.WhenAll(answers)).Select(TestService.JsonAsync))];

        Assert.Equal("1", await MetricAsync(service, "cxr_trajectory_cache_misses_total"));
        Assert.Equal("1", await MetricAsync(service, "cxr_batch_phrases_count"));
        Assert.Equal("3", await MetricAsync(service, "cxr_batch_phrases_sum"));
        Assert.Equal(
            ["edema", "right apical pneumothorax"],
            results[2].GetProperty("phrases").EnumerateArray().Select(phrase => phrase.GetProperty("phrase").GetString()!)
        );
        Assert.Equal(
            results[0].GetProperty("phrases")[0].GetProperty("boxes").ToString(),
            results[2].GetProperty("phrases")[0].GetProperty("boxes").ToString()
        );
    }

    [Fact]
    public async Task WaitingImages_OfSeveralClients_AreInvertedTogether()
    {
        await using TestService service = await TestService.StartAsync("Cxr:ImagesAtOnce", "4");
        Blocker blocker = await Blocker.StartAsync(service);
        (int Width, int Height)[] sizes = [(80, 100), (100, 90), (120, 84)];
        Task<HttpResponseMessage>[] answers =
        [
            .. sizes.Select(size =>
                service.Client.PostAsync("/v1/ground", TestService.Form(Radiographs.Png(size.Width, size.Height), ("phrases", "edema")))
            ),
        ];
        await WaitForAsync(service, 3);

        blocker.Release();
        JsonElement[] results = [.. await Task.WhenAll((await Task.WhenAll(answers)).Select(TestService.JsonAsync))];

        Assert.Equal("1", await MetricAsync(service, "cxr_batch_images_count"));
        Assert.Equal("3", await MetricAsync(service, "cxr_batch_images_sum"));
        Assert.Equal(
            sizes,
            results
                .Select(result => result.GetProperty("image"))
                .Select(image => (image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32()))
        );
        Assert.Equal(3, results.Select(result => result.GetProperty("trajectory_sha256").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Client_ThatLeaves_LeavesItsPlace()
    {
        await using TestService service = await TestService.StartAsync("Cxr:QueueLength", "1");
        Blocker blocker = await Blocker.StartAsync(service);
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage>[] leaving =
        [
            .. Enumerable.Range(0, 2).Select(_ => service.Client.PostAsync("/v1/ground", Form("edema"), leave.Token)),
        ];
        await WaitForAsync(service, 2);

        await leave.CancelAsync();

        await WaitForAsync(service, 0);
        await service.UntilAsync(() => Task.FromResult(service.Services.GetRequiredService<Admission>().Inside == 0));
        foreach (Task<HttpResponseMessage> left in leaving)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        }

        blocker.Release();
        await service.AssertHealthyAsync();
        Assert.Contains("status=\"499\"", await service.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneClientLeaves_OthersOfTheBatch_GetTheirResult()
    {
        await using TestService service = await TestService.StartAsync();
        Blocker blocker = await Blocker.StartAsync(service);
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage> leaving = service.Client.PostAsync("/v1/ground", Form("edema"), leave.Token);
        await WaitForAsync(service, 1);
        Task<HttpResponseMessage> staying = service.Client.PostAsync("/v1/ground", Form("cardiomegaly"));
        await WaitForAsync(service, 2);

        await leave.CancelAsync();
        blocker.Release();

        Assert.Equal(HttpStatusCode.OK, (await staying).StatusCode);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
    }

    [Fact]
    public async Task Deadline_Passed_Is504()
    {
        await using TestService service = await TestService.StartAsync();
        Blocker blocker = await Blocker.StartAsync(service);

        using HttpResponseMessage late = await service.Client.PostAsync("/v1/ground", Form("edema", ("deadline_seconds", "0.3")));

        await TestService.AssertProblemAsync(late, 504, "deadline");
        using HttpRequestMessage streamed = new(HttpMethod.Post, "/v1/ground") { Content = Form("edema", ("deadline_seconds", "0.3")) };
        streamed.Headers.Accept.ParseAdd("application/x-ndjson");
        string lines = await (await service.Client.SendAsync(streamed)).Content.ReadAsStringAsync();
        Assert.Contains("{\"problem\":{\"type\":\"urn:cxronnx:problem:deadline\"", lines, StringComparison.Ordinal);
        blocker.Release();
        await service.AssertHealthyAsync();
    }

    [Fact]
    public async Task Stop_WithRequestsWaiting_AnswersThemAll()
    {
        await using TestService service = await TestService.StartAsync("Cxr:DrainDelaySeconds", "0.4");
        Blocker blocker = await Blocker.StartAsync(service);
        Task<HttpResponseMessage>[] accepted =
        [
            .. Enumerable.Range(0, 5).Select(_ => service.Client.PostAsync("/v1/ground", Form("edema"))),
        ];
        await WaitForAsync(service, 5);

        Task stopping = service.StopAsync();
        await service.UntilAsync(async () => (int)(await service.Client.GetAsync("/v2/health/ready")).StatusCode == 503);
        await Task.Delay(600, TestContext.Current.CancellationToken);
        blocker.Release();

        foreach (HttpResponseMessage response in await Task.WhenAll(accepted))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => service.Client.GetAsync("/v2/health/live"));
    }
}
