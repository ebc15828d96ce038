using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Models;

namespace CxrOnnx.Server.Work;

/// <summary>Phrases of one request that wait to be grounded. Jobs for one model and preset may be computed together.</summary>
internal sealed class GroundingJob(GroundingWork work) : WorkItem
{
    private readonly TaskCompletionSource<GroundingOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The model; the request holds it until the job is completed.</summary>
    public required ServedModel Model { get; init; }

    /// <summary>Preset.</summary>
    public required string Preset { get; init; }

    /// <summary>SHA-256 of the image file.</summary>
    public required string ImageKey { get; init; }

    /// <summary>The decoded image; only called where the trajectory is not kept.</summary>
    public required Func<GrayImage> Image { get; init; }

    /// <summary>Phrases that are known to be usable; none where only the trajectory is wanted.</summary>
    public required IReadOnlyList<string> Phrases { get; init; }

    /// <summary>Whether each sub-token gets a heatmap.</summary>
    public required bool PerToken { get; init; }

    /// <summary>Whether each phrase gets a confidence, where the model is calibrated.</summary>
    public required bool Confidence { get; init; }

    /// <summary>Told how far it is, or null.</summary>
    public IProgress<GroundingProgress>? Progress { get; init; }

    /// <summary>What the trajectory is kept under.</summary>
    public TrajectoryKey Key => new(Model.Name, Model.Bundle.ManifestSha256, Preset, ImageKey);

    /// <summary>The result.</summary>
    public Task<GroundingOutcome> Completion => _completion.Task;

    public override void Cancel() => _completion.TrySetCanceled(CancellationToken);

    public override int Run(WorkQueue queue, int worker) => work.Run(this, queue, worker);

    /// <summary>Hands the result over.</summary>
    public void Complete(GroundingOutcome outcome) => _completion.TrySetResult(outcome);

    /// <summary>Hands a failure over.</summary>
    public void Fail(Exception exception) => _completion.TrySetException(exception);
}

/// <summary>What a job gave.</summary>
/// <param name="Provider">What the phrases were computed on; says which device.</param>
/// <param name="Trajectory">The image's trajectory.</param>
/// <param name="Phrases">One entry per phrase, in order.</param>
/// <param name="WasCached">Whether the trajectory had been computed before.</param>
/// <param name="Waited">Time in the queue.</param>
/// <param name="BatchPhrases">Phrases that were computed together, those of other requests included.</param>
internal sealed record GroundingOutcome(
    ProviderChoice Provider,
    ImageTrajectory Trajectory,
    IReadOnlyList<PhraseGrounding> Phrases,
    bool WasCached,
    TimeSpan Waited,
    int BatchPhrases
);
