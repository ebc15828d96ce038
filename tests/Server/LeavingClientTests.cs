using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Work;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CxrOnnx.Server.Tests;

/// <summary>A client that leaves while its request is being computed stops the computation, not only the answer.</summary>
[Trait("Category", "slow")]
public sealed class LeavingClientTests
{
    private static readonly GrayImage Image = RadiographReader.Read(Radiographs.Png(), "image").Image;

    /// <summary>
    /// Leaves as soon as a stage has taken its first step; called by the worker itself, so that nothing depends on timing.
    /// </summary>
    private sealed class Leaver(GroundingStage stage, CancellationTokenSource client) : IProgress<GroundingProgress>
    {
        public List<GroundingProgress> Seen { get; } = [];

        public void Report(GroundingProgress value)
        {
            Seen.Add(value);
            if (value.Stage == stage && value.Done >= 1)
            {
                client.Cancel();
            }
        }
    }

    private static GroundingJob Job(
        TestService service,
        ModelLease lease,
        CancellationToken client,
        IProgress<GroundingProgress>? progress,
        string phrase,
        string image
    ) =>
        new(service.Services.GetRequiredService<GroundingWork>())
        {
            Model = lease.Model,
            Preset = "exact",
            ImageKey = image,
            Image = () => Image,
            Phrases = [phrase],
            PerToken = false,
            Confidence = false,
            Progress = progress,
            CancellationToken = client,
        };

    [Theory]
    [InlineData(GroundingStage.Invert, "trajectory")]
    [InlineData(GroundingStage.EncodeText, "phrases")]
    public async Task TheOnlyClient_Leaves_StopsTheStage(GroundingStage stage, string metric)
    {
        await using TestService service = await TestService.StartAsync();
        using ModelLease lease = service.Services.GetRequiredService<ModelRegistry>().Acquire(null);
        using CancellationTokenSource client = new();
        Leaver leaver = new(stage, client);
        GroundingJob job = Job(service, lease, client.Token, leaver, "edema", "a");

        service.Services.GetRequiredService<WorkQueue>().Add(job);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.Completion.WaitAsync(TimeSpan.FromSeconds(60)));

        // The next request is computed after it; only then is it certain that the worker has left the first.
        await service.AssertHealthyAsync();
        GroundingProgress last = leaver.Seen[^1];
        Assert.Equal(stage, last.Stage);
        Assert.True(stage != GroundingStage.Invert || last.Done < last.Total, $"{last.Done} of {last.Total} steps");
        Assert.Contains(
            $"cxr_stage_seconds_count{{stage=\"{metric}\"}} 1\n",
            await service.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task OneOfTwoClients_Leaves_TheWorkGoesOn()
    {
        await using TestService service = await TestService.StartAsync();
        using ModelLease lease = service.Services.GetRequiredService<ModelRegistry>().Acquire(null);
        using CancellationTokenSource client = new();
        Leaver leaver = new(GroundingStage.Invert, client);
        GroundingJob leaving = Job(service, lease, client.Token, leaver, "edema", "a");
        GroundingJob staying = Job(service, lease, CancellationToken.None, null, "cardiomegaly", "a");

        // A queue without a worker of its own, and the test as the worker: both are taken as one batch.
        using WorkQueue queue = new();
        queue.Add(staying);
        service.Services.GetRequiredService<GroundingWork>().Run(leaving, queue);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.Completion);
        Assert.Equal("cardiomegaly", (await staying.Completion).Phrases.Single().Phrase.Phrase);
        Assert.Equal(0, queue.Count);
    }
}
