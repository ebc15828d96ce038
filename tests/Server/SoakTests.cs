using System.Diagnostics;
using System.Globalization;
using System.Net;
using CxrOnnx.Server.Work;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>Runs alone, because it looks at the memory of the process. CXRONNX_SOAK_SECONDS makes it as long as wanted.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
[Trait("Category", "slow")]
[Collection(nameof(SoakTests))]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const string Duration = "CXRONNX_SOAK_SECONDS";
    private const int Rounds = 24;
    private const long MostGrowth = 24 << 20;
    private const int Samples = 18;

    private static readonly byte[][] Images = [.. Enumerable.Range(0, 12).Select(i => Radiographs.Png(64 + (8 * i), 96))];

    [Fact]
    public async Task ManyRequests_OfManyClients_LeaveNothingBehind()
    {
        await using TestService service = await StartAsync();
        foreach (int clients in (int[])[1, 4, 16])
        {
            await RunAsync(service, clients, requests => requests <= 4);
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (int clients in (int[])[1, 4, 16])
        {
            await RunAsync(service, clients, requests => requests <= Rounds);
        }

        long growth = GC.GetTotalMemory(forceFullCollection: true) - before;

        output.WriteLine(FormattableString.Invariant($"managed memory grew by {growth / 1024.0:0} KiB"));
        Assert.True(growth < MostGrowth, $"{growth} bytes more");
        await AssertEmptyAsync(service);
    }

    /// <summary>
    /// The long version: requests without a pause, memory noted along the way; after a first third it may not grow any more.
    /// </summary>
    [Fact]
    public async Task ThousandsOfRequests_MemoryStaysFlat()
    {
        Assert.SkipUnless(
            double.TryParse(Environment.GetEnvironmentVariable(Duration), CultureInfo.InvariantCulture, out double seconds) && seconds > 0,
            $"takes as long as is wanted; {Duration}=180 lets it run for three minutes"
        );
        await using TestService service = await StartAsync();
        List<(double Resident, double Managed)> memory = [];
        int answered = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            answered += await RunAsync(service, 6, _ => watch.Elapsed.TotalSeconds < seconds / Samples);

            // The test's own capture of the log would grow by every request.
            service.Log.Lines.Clear();
            long managed = GC.GetTotalMemory(forceFullCollection: true);
            memory.Add((Environment.WorkingSet / 1048576.0, managed / 1048576.0));
            output.WriteLine(
                FormattableString.Invariant(
                    $"{answered} requests: resident {memory[^1].Resident:0.0} MiB, managed after collection {memory[^1].Managed:0.00} MiB"
                )
            );
        }

        (double Resident, double Managed)[] settled = [.. memory.Skip(Samples / 3)];
        int half = settled.Length / 2;
        Assert.InRange(settled[half..].Average(at => at.Managed) - settled[..half].Average(at => at.Managed), -2, 2);
        Assert.InRange(settled[half..].Average(at => at.Resident) - settled[..half].Average(at => at.Resident), -24, 24);
        await AssertEmptyAsync(service);
    }

    /// <summary>Caches that hold but a few of the images, and a queue that 16 clients overfill.</summary>
    private static Task<TestService> StartAsync() =>
        TestService.StartAsync("Cxr:TrajectoryCacheBytes", "20000", "Cxr:ImageCacheBytes", "100000", "Cxr:QueueLength", "8");

    private static async Task AssertEmptyAsync(TestService service)
    {
        Assert.Equal(
            (0, 0),
            (service.Services.GetRequiredService<Admission>().Inside, service.Services.GetRequiredService<WorkQueue>().Count)
        );
        Assert.InRange(service.Services.GetRequiredService<TrajectoryCache>().Bytes, 1, 20_000);
        await service.AssertHealthyAsync();
    }

    /// <summary>
    /// Every request gets an answer: a result, or 429 where more clients come than may wait. Returns how many were answered 200.
    /// </summary>
    private async Task<int> RunAsync(TestService service, int clients, Func<int, bool> goesOn)
    {
        List<double> milliseconds = [];
        int refused = 0;
        int next = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        for (int i = Interlocked.Increment(ref next); goesOn(i); i = Interlocked.Increment(ref next))
                        {
                            long begin = Stopwatch.GetTimestamp();
                            using HttpResponseMessage response = await service.Client.PostAsync(
                                "/v1/ground",
                                TestService.Form(
                                    Images[i % Images.Length],
                                    ("phrases", "edema\nleft lower pneumonia"),
                                    ("heatmaps", "image")
                                )
                            );
                            string answer = await response.Content.ReadAsStringAsync();
                            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.TooManyRequests, answer);
                            if (response.StatusCode != HttpStatusCode.OK)
                            {
                                Interlocked.Increment(ref refused);
                            }

                            lock (milliseconds)
                            {
                                milliseconds.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                            }
                        }
                    })
                )
        );
        milliseconds.Sort();
        double perSecond = milliseconds.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{clients} clients: {perSecond:0.0}/s, p50 {milliseconds[milliseconds.Count / 2]:0} ms, p95 "
                    + $"{milliseconds[milliseconds.Count * 95 / 100]:0} ms, refused {refused}"
            )
        );
        return milliseconds.Count - refused;
    }
}
