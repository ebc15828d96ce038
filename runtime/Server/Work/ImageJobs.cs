using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Metrics;

namespace CxrOnnx.Server.Work;

/// <summary>The jobs for one image, model and preset that a worker computes together; each of them ends on its own account.</summary>
internal sealed class ImageJobs(WorkQueue queue, ServiceMetrics metrics) : IProgress<GroundingProgress>, IDisposable
{
    private readonly List<(GroundingJob Job, TimeSpan Waited)> _jobs = [];

    /// <summary>The jobs and how long each waited.</summary>
    public IReadOnlyList<(GroundingJob Job, TimeSpan Waited)> Jobs => _jobs;

    /// <summary>The job that came first.</summary>
    public GroundingJob First => _jobs[0].Job;

    /// <summary>Phrases of all jobs.</summary>
    public int PhraseCount => _jobs.Sum(entry => entry.Job.Phrases.Count);

    /// <summary>Fires when the last of the jobs was cancelled.</summary>
    public BatchCancellation Cancellation { get; } = new();

    /// <summary>Whether the jobs failed or left.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Adds jobs that were taken from the queue.</summary>
    public void Join(IReadOnlyList<GroundingJob> more)
    {
        _jobs.AddRange(more.Select(job => (job, job.Age)));
        Cancellation.Add(more);
        foreach (GroundingJob job in more)
        {
            metrics.QueueWait.Record(job.Age.TotalSeconds);
        }
    }

    /// <summary>
    /// Does something for these jobs: where it fails, they <see cref="Fail"/>; where it is cancelled, they <see cref="Leave"/>.
    /// </summary>
    public void Try(Action work)
    {
        try
        {
            work();
        }
        catch (OperationCanceledException)
        {
            Leave();
        }
#pragma warning disable CA1031 // whatever it is, it belongs to the clients
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
        }
    }

    /// <inheritdoc/>
    public void Report(GroundingProgress value)
    {
        foreach ((GroundingJob job, _) in _jobs)
        {
            job.Progress?.Report(value);
        }
    }

    /// <summary>Hands a failure to every client.</summary>
    public void Fail(Exception exception)
    {
        IsOver = true;
        foreach ((GroundingJob job, _) in _jobs)
        {
            job.Fail(exception);
        }
    }

    /// <summary>Ends what was cancelled; whoever joined just when all others left goes back and begins anew.</summary>
    public void Leave()
    {
        IsOver = true;
        foreach ((GroundingJob job, _) in _jobs)
        {
            if (job.CancellationToken.IsCancellationRequested)
            {
                job.Cancel();
            }
            else
            {
                queue.Add(job);
            }
        }
    }

    public void Dispose() => Cancellation.Dispose();
}
