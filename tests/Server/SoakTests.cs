using System.Diagnostics;
using System.Globalization;
using System.Net;
using CxrOnnx.Server.Work;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>Runs alone, because it looks at the memory of the process.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
[Collection(nameof(SoakTests))]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int Rounds = 24;
    private const long MostGrowth = 24 << 20;

    [Fact]
    public async Task ManyRequests_OfManyClients_LeaveNothingBehind()
    {
        await using TestService service = await TestService.StartAsync("Cxr:TrajectoryCacheBytes", "20000", "Cxr:ImageCacheBytes", "100000", "Cxr:QueueLength", "8");
        byte[][] images = [.. Enumerable.Range(0, 12).Select(i => Radiographs.Png(64 + (8 * i), 96))];
        foreach (int clients in (int[])[1, 4, 16])
            await RunAsync(service, images, clients, 4);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (int clients in (int[])[1, 4, 16])
            await RunAsync(service, images, clients, Rounds);

        long growth = GC.GetTotalMemory(forceFullCollection: true) - before;

        output.WriteLine(FormattableString.Invariant($"managed memory grew by {growth / 1024.0:0} KiB"));
        Assert.True(growth < MostGrowth, $"{growth} bytes more");
        Assert.Equal((0, 0), (service.Services.GetRequiredService<Admission>().Inside, service.Services.GetRequiredService<WorkQueue>().Count));
        Assert.InRange(service.Services.GetRequiredService<TrajectoryCache>().Bytes, 1, 20_000);
        await service.AssertHealthyAsync();
    }

    /// <summary>Every request gets an answer: a result, or 429 where more clients come than may wait.</summary>
    private async Task RunAsync(TestService service, byte[][] images, int clients, int requests)
    {
        List<double> milliseconds = [];
        int refused = 0;
        int next = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i <= requests; i = Interlocked.Increment(ref next))
            {
                long begin = Stopwatch.GetTimestamp();
                using HttpResponseMessage response = await service.Client.PostAsync(
                    "/v1/ground", TestService.Form(images[i % images.Length], ("phrases", "edema\nleft lower pneumonia"), ("heatmaps", "image")));
                string answer = await response.Content.ReadAsStringAsync();
                Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, answer);
                if (response.StatusCode != HttpStatusCode.OK)
                    Interlocked.Increment(ref refused);
                lock (milliseconds)
                    milliseconds.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            }
        })));
        milliseconds.Sort();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{clients} clients: {requests / Stopwatch.GetElapsedTime(start).TotalSeconds:0.0}/s, p50 {milliseconds[milliseconds.Count / 2]:0} ms, p95 {milliseconds[milliseconds.Count * 95 / 100]:0} ms, refused {refused}"));
    }
}
