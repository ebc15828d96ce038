using System.Runtime.InteropServices;
using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Work;
using Xunit;

namespace CxrOnnx.Server.Tests.Work;

/// <summary>A worker computes the trajectories of waiting images together, and each client gets what it would have got alone.</summary>
[Trait("Category", "slow")]
public sealed class SeveralImagesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static WorkerBench Bench(int? imagesAtOnce) => new(new ServiceOptions { ImagesAtOnce = imagesAtOnce });

    private static GroundingJob[] Jobs(WorkerBench bench, int count) =>
        [.. Enumerable.Range(0, count).Select(i => bench.Job($"image{i}", () => WorkerBench.Picture(i)))];

    private static void AssertClose(float[] want, float[] got)
    {
        Assert.Equal(want.Length, got.Length);
        Assert.All(want.Zip(got), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-4f));
        Assert.True(want.Max() - want.Min() > 0.5f, "a map without contrast proves nothing");
    }

    private static float[] Map(GroundingOutcome outcome) => [.. outcome.Phrases.Single().ModelHeatmap.Values];

    private static float[] MapAlone(WorkerBench bench, GrayImage picture, string phrase)
    {
        GroundingPipeline pipeline = bench.Model.Pipeline("exact");
        return [.. pipeline.Ground(pipeline.Invert(picture), [phrase])[0].ModelHeatmap.Values];
    }

    [Fact]
    public async Task WaitingImages_OneBrokenOneLeaving_OthersAsOneByOne()
    {
        using WorkerBench bench = Bench(8);
        using CancellationTokenSource client = new();
        Recorder seen = new();
        GroundingJob first = bench.Job("a", () => WorkerBench.Picture(0), progress: seen);
        GroundingJob broken = bench.Job("broken", () => throw new InputException("image: damaged"));
        GroundingJob leaving = bench.Job("b", () => WorkerBench.Picture(1), progress: new Leaver(client), client: client.Token);
        GroundingJob third = bench.Job("c", () => WorkerBench.Picture(2), "cardiomegaly");
        GroundingJob sameImage = bench.Job("c", () => throw new InvalidOperationException("decoded by the other job"), "pneumonia");

        Assert.Equal(5, await bench.RunOnceAsync(0, first, broken, leaving, third, sameImage));

        InputException problem = await Assert.ThrowsAsync<InputException>(() => broken.Completion.WaitAsync(Patience));
        Assert.Equal("image: damaged", problem.Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.Completion.WaitAsync(Patience));
        AssertClose(MapAlone(bench, WorkerBench.Picture(0), "edema"), Map(await first.Completion.WaitAsync(Patience)));
        AssertClose(MapAlone(bench, WorkerBench.Picture(2), "cardiomegaly"), Map(await third.Completion.WaitAsync(Patience)));
        AssertClose(MapAlone(bench, WorkerBench.Picture(2), "pneumonia"), Map(await sameImage.Completion.WaitAsync(Patience)));
        Assert.Equal(0, bench.Queue.Count);

        // Three were inverted in one go, the one whose client left during it included; that one was not grounded.
        Assert.Equal(("1", "3"), (bench.Metric("cxr_batch_images_count"), bench.Metric("cxr_batch_images_sum")));
        Assert.Equal("3", bench.Metric("cxr_stage_seconds_count{stage=\"trajectory\"}"));
        Assert.Equal("2", bench.Metric("cxr_stage_seconds_count{stage=\"phrases\"}"));
        Assert.Equal("4", bench.Metric("cxr_trajectory_cache_misses_total"));

        // A client sees its own image only.
        Assert.Equal(
            [new(GroundingStage.EncodeImage, 0, 1), new(GroundingStage.EncodeImage, 1, 1)],
            seen.Values.Where(value => value.Stage == GroundingStage.EncodeImage)
        );
        Assert.Single(seen.Values, value => value is { Stage: GroundingStage.Invert } && value.Done == value.Total);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task OneAtOnce_IsTheSameBytesAsTheLibrary(int? setting)
    {
        // Nothing set means one on the CPU.
        using WorkerBench bench = Bench(setting);
        GroundingJob[] jobs = Jobs(bench, 3);

        Assert.Equal(1, await bench.RunOnceAsync(0, jobs));

        Assert.Equal(2, bench.Queue.Count);
        GroundingOutcome outcome = await jobs[0].Completion.WaitAsync(Patience);
        Assert.Equal(bench.Model.Pipeline("exact").Invert(WorkerBench.Picture(0)).Sha256, outcome.Trajectory.Sha256);
        Assert.Equal(
            MemoryMarshal.AsBytes<float>(MapAlone(bench, WorkerBench.Picture(0), "edema")).ToArray(),
            MemoryMarshal.AsBytes<float>(Map(outcome)).ToArray()
        );
    }

    [Fact]
    public async Task MoreThanAtOnce_WaitInOrder()
    {
        using WorkerBench bench = Bench(2);
        GroundingJob[] jobs = Jobs(bench, 3);
        Assert.Equal(2, await bench.RunOnceAsync(0, jobs));
        Assert.Equal([true, true, false], jobs.Select(job => job.Completion.IsCompletedSuccessfully));
        Assert.Same(jobs[2], Assert.Single(bench.Queue.Snapshot()));
    }

    [Fact]
    public async Task PixelsBeyondTheLargestImage_AreNotDecodedTogether()
    {
        using WorkerBench bench = new(new ServiceOptions { ImagesAtOnce = 8, MaxPixels = WorkerBench.Picture(0).Size.PixelCount });
        GroundingJob[] jobs = Jobs(bench, 3);
        Assert.Equal(1, await bench.RunOnceAsync(0, jobs));
        Assert.Equal(jobs[1..], bench.Queue.Snapshot());
    }

    [Fact]
    public async Task FirstClientLeaves_TheInversionGoesOnForTheOthers()
    {
        using WorkerBench bench = Bench(8);
        using CancellationTokenSource client = new();
        GroundingJob first = bench.Job("a", () => WorkerBench.Picture(0), progress: new Leaver(client), client: client.Token);
        GroundingJob second = bench.Job("b", () => WorkerBench.Picture(1));

        await bench.RunOnceAsync(0, first, second);

        Assert.True(first.Completion.IsCanceled);
        AssertClose(MapAlone(bench, WorkerBench.Picture(1), "edema"), Map(await second.Completion.WaitAsync(Patience)));
        Assert.Equal(("1", "2"), (bench.Metric("cxr_batch_images_count"), bench.Metric("cxr_batch_images_sum")));
    }

    [Fact]
    public async Task ClientGoneBeforeItsImageIsDecoded_IsNotDecoded()
    {
        using WorkerBench bench = Bench(8);
        using CancellationTokenSource client = new();
        GroundingJob first = bench.Job(
            "a",
            () =>
            {
                client.Cancel();
                return WorkerBench.Picture(0);
            }
        );
        GroundingJob leaving = bench.Job("b", () => throw new InvalidOperationException("decoded for nobody"), client: client.Token);

        await bench.RunOnceAsync(0, first, leaving);

        Assert.True(first.Completion.IsCompletedSuccessfully);
        Assert.True(leaving.Completion.IsCanceled);
        Assert.Equal("1", bench.Metric("cxr_batch_images_sum"));
    }

    [Fact]
    public async Task OtherPresetAndKeptImages_AreNotTaken()
    {
        using WorkerBench bench = Bench(8);
        await bench.RunOnceAsync(0, bench.Job("kept", () => WorkerBench.Picture(0)));
        GroundingJob first = bench.Job("new", () => WorkerBench.Picture(1));
        GroundingJob other = bench.Job("other", () => WorkerBench.Picture(2), preset: "fast");
        GroundingJob kept = bench.Job("kept", () => throw new InvalidOperationException("it is kept"));

        // The queue's signal of the taken job is used up, so this takes the first of these three.
        Assert.Equal(1, await bench.RunOnceAsync(0, first, other, kept));

        Assert.True(first.Completion.IsCompletedSuccessfully);
        Assert.Equal([other, kept], bench.Queue.Snapshot());
    }

    [Fact]
    public async Task AnInversionThatFails_FailsTheImageWhoseFaultItIs()
    {
        using WorkerBench bench = Bench(8);
        GroundingJob first = bench.Job("a", () => WorkerBench.Picture(0));
        GroundingJob wrong = bench.Job("nan", () => new GrayImage(40, 60, [.. Enumerable.Repeat(float.NaN, 2400)]));
        GroundingJob third = bench.Job("c", () => WorkerBench.Picture(2));

        await bench.RunOnceAsync(0, first, wrong, third);

        await Assert.ThrowsAsync<InputException>(() => wrong.Completion.WaitAsync(Patience));
        AssertClose(MapAlone(bench, WorkerBench.Picture(0), "edema"), Map(await first.Completion.WaitAsync(Patience)));
        AssertClose(MapAlone(bench, WorkerBench.Picture(2), "edema"), Map(await third.Completion.WaitAsync(Patience)));
        Assert.Contains(bench.Log, line => line.Contains("3 images together failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AllClientsLeave_StopsTheInversion()
    {
        using WorkerBench bench = Bench(8);
        using CancellationTokenSource client = new();
        Recorder seen = new();
        GroundingJob[] jobs =
        [
            bench.Job("a", () => WorkerBench.Picture(0), progress: new Leaver(client), client: client.Token),
            bench.Job("b", () => WorkerBench.Picture(1), progress: seen, client: client.Token),
        ];

        await bench.RunOnceAsync(0, jobs);

        Assert.All(jobs, job => Assert.True(job.Completion.IsCanceled));
        Assert.Equal(0, bench.Queue.Count);
        Assert.True(seen.Values[^1].Done < seen.Values[^1].Total, $"{seen.Values[^1]}");
        Assert.False(bench.Cache.Has(jobs[1].Key));
    }

    [Fact]
    public async Task LateJob_ForAnImageWhoseClientsLeft_BeginsAnew()
    {
        using WorkerBench bench = Bench(8);
        using CancellationTokenSource client = new();
        GroundingJob late = bench.Job("b", () => WorkerBench.Picture(1));
        GroundingJob first = bench.Job("a", () => WorkerBench.Picture(0));
        GroundingJob leaving = bench.Job(
            "b",
            () => WorkerBench.Picture(1),
            progress: new Leaver(client, () => bench.Queue.Add(late)),
            client: client.Token
        );

        await bench.RunOnceAsync(0, first, leaving);

        Assert.True(first.Completion.IsCompletedSuccessfully);
        Assert.True(leaving.Completion.IsCanceled);
        while (bench.Queue.Count > 0)
        {
            await bench.RunOnceAsync(0);
        }

        AssertClose(MapAlone(bench, WorkerBench.Picture(1), "edema"), Map(await late.Completion.WaitAsync(Patience)));
        Assert.True((await late.Completion).WasCached);
    }

    /// <summary>Keeps what a client is told.</summary>
    private sealed class Recorder : IProgress<GroundingProgress>
    {
        public List<GroundingProgress> Values { get; } = [];

        public void Report(GroundingProgress value) => Values.Add(value);
    }

    /// <summary>A client that leaves after the first step of the inversion; the worker calls it, so nothing depends on timing.</summary>
    private sealed class Leaver(CancellationTokenSource client, Action? afterwards = null) : IProgress<GroundingProgress>
    {
        public void Report(GroundingProgress value)
        {
            if (value is { Stage: GroundingStage.Invert, Done: >= 1 } && !client.IsCancellationRequested)
            {
                client.Cancel();
                afterwards?.Invoke();
            }
        }
    }
}
