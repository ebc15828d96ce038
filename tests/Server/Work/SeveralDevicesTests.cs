using System.Runtime.InteropServices;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Work;
using Xunit;

namespace CxrOnnx.Server.Tests.Work;

/// <summary>One worker per device, all from one queue. Two models on the CPU stand for two GPUs.</summary>
[Trait("Category", "slow")]
public sealed class SeveralDevicesTests
{
    private const int Images = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task TwoWorkers_ComputeAtTheSameTime_TheBytesOfOne()
    {
        using WorkerBench one = new(new ServiceOptions());
        byte[][] want = await AnswersAsync(one, null);
        using WorkerBench two = new(new ServiceOptions { DeviceIds = [0, 1] }, devices: 2);
        using Barrier both = new(2);

        byte[][] got = await AnswersAsync(two, both);

        Assert.Equal(want, got);
        Assert.Equal(Images, want.DistinctBy(Convert.ToHexString).Count());
        long[] evaluations = [.. two.Model.Models.Select(model => model.AttentionEvaluations)];
        Assert.All(evaluations, count => Assert.True(count > 0, "a device did nothing"));
    }

    [Fact]
    public async Task WaitingImages_AreSharedOutAmongTheDevices()
    {
        using WorkerBench bench = new(new ServiceOptions { DeviceIds = [0, 1], ImagesAtOnce = 8 }, devices: 2);
        GroundingJob[] jobs = [.. Enumerable.Range(0, 5).Select(i => bench.Job($"image{i}", () => WorkerBench.Picture(i)))];

        Assert.Equal(3, await bench.RunOnceAsync(0, jobs));
        Assert.Equal(2, bench.Queue.Count);
        (long first, long second) = (bench.Model.Models[0].AttentionEvaluations, bench.Model.Models[1].AttentionEvaluations);
        Assert.Equal(0, second);
        Assert.Equal(1, await bench.RunOnceAsync(1));

        Assert.Equal(first, bench.Model.Models[0].AttentionEvaluations);
        Assert.Equal(first / 3, bench.Model.Models[1].AttentionEvaluations);
    }

    [Fact]
    public void Workers_GoRoundTheDevices()
    {
        using WorkerBench bench = new(new ServiceOptions { DeviceIds = [0, 1], Workers = 2 }, devices: 2);
        Assert.Same(bench.Model.On(0), bench.Model.On(2));
        Assert.NotSame(bench.Model.On(0), bench.Model.On(1));
        Assert.Same(bench.Model.Pipeline("exact", worker: 1), bench.Model.Pipeline("exact", worker: 3));
        Assert.NotSame(bench.Model.Pipeline("exact"), bench.Model.Pipeline("exact", worker: 1));
    }

    /// <summary>Computes all images with the bench's workers.</summary>
    /// <param name="bench">The queue.</param>
    /// <param name="both">Where given, the first two images wait for each other: only two workers at the same time come past.</param>
    private static async Task<byte[][]> AnswersAsync(WorkerBench bench, Barrier? both)
    {
        GroundingJob[] jobs =
        [
            .. Enumerable
                .Range(0, Images)
                .Select(i =>
                    bench.Job($"image{i}", () => WorkerBench.Picture(i), progress: both is null || i > 1 ? null : new Meeting(both))
                ),
        ];
        Array.ForEach(jobs, bench.Queue.Add);
        using WorkerService workers = bench.Workers();
        await workers.StartAsync(CancellationToken.None);
        GroundingOutcome[] outcomes = await Task.WhenAll(jobs.Select(job => job.Completion)).WaitAsync(Patience);
        await workers.StopAsync(CancellationToken.None);
        return [.. outcomes.Select(outcome => MemoryMarshal.AsBytes<float>(outcome.Phrases.Single().ModelHeatmap.Values).ToArray())];
    }

    private sealed class Meeting(Barrier both) : IProgress<GroundingProgress>
    {
        private bool _met;

        public void Report(GroundingProgress value)
        {
            if (!_met)
            {
                _met = true;
                Assert.True(both.SignalAndWait(Patience), "no second worker came");
            }
        }
    }
}
