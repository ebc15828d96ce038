using System.Diagnostics;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Models;

namespace CxrOnnx.Server.Work;

/// <summary>
/// Computes a grounding job together with all waiting jobs for the same image: one trajectory, one batch of phrases; a phrase that several
/// requests ask for is computed once. Jobs that arrive during the inversion still join.
/// </summary>
internal sealed class GroundingWork(TrajectoryCache cache, ServiceOptions options, ServiceMetrics metrics)
{
    /// <summary>Runs a job that was taken from the queue. Never throws: every job is completed, cancelled, failed or put back.</summary>
    public void Run(GroundingJob first, WorkQueue queue)
    {
        // The batch holds the model itself: the request that brought the job may leave before the work has stopped.
        if (!first.Model.TryAcquire())
        {
            first.Cancel();
            return;
        }

        using ModelLease lease = new(first.Model);
        List<(GroundingJob Job, TimeSpan Waited)> jobs = [];
        using BatchCancellation cancellation = new();
        void Join(IReadOnlyList<GroundingJob> more)
        {
            jobs.AddRange(more.Select(job => (job, job.Age)));
            cancellation.Add(more);
            foreach (GroundingJob job in more)
            {
                metrics.QueueWait.Record(job.Age.TotalSeconds);
            }
        }

        try
        {
            TrajectoryKey key = first.Key;
            Join([first, .. Companions(first, queue, first.Phrases.Count)]);
            FanOut progress = new(jobs);
            ImageTrajectory? trajectory = cache.Find(key);
            bool cached = trajectory is not null;
            if (trajectory is null)
            {
                long start = Stopwatch.GetTimestamp();
                trajectory = first.Model.Pipeline(first.Preset).Invert(first.Image(), progress, cancellation.Token);
                metrics.Stage("trajectory", Stopwatch.GetElapsedTime(start));
                cache.Keep(key, trajectory, first.Model.Pipeline(first.Preset, confidence: true).SupportSamples);
                Join(Companions(first, queue, jobs.Sum(entry => entry.Job.Phrases.Count)));
            }

            Ground(first, jobs, trajectory, cached, progress, cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            // Whoever joined just when all others left goes back and begins anew.
            foreach ((GroundingJob job, _) in jobs)
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
        catch (Exception exception)
        {
            foreach ((GroundingJob job, _) in jobs)
            {
                job.Fail(exception);
            }
        }
    }

    private void Ground(
        GroundingJob first,
        List<(GroundingJob Job, TimeSpan Waited)> jobs,
        ImageTrajectory trajectory,
        bool cached,
        FanOut progress,
        CancellationToken cancellationToken
    )
    {
        string[] phrases =
        [
            .. jobs.Where(entry => !entry.Job.CancellationToken.IsCancellationRequested)
                .SelectMany(entry => entry.Job.Phrases)
                .Distinct(StringComparer.Ordinal),
        ];
        Dictionary<string, PhraseGrounding> found = new(StringComparer.Ordinal);
        if (phrases.Length > 0)
        {
            long start = Stopwatch.GetTimestamp();
            GroundingPipeline grounder = first.Model.Pipeline(
                first.Preset,
                jobs.Any(entry => entry.Job.PerToken),
                jobs.Any(entry => entry.Job.Confidence)
            );
            IReadOnlyList<PhraseGrounding> results = grounder.Ground(trajectory, phrases, progress, cancellationToken);
            metrics.Stage("phrases", Stopwatch.GetElapsedTime(start));
            metrics.BatchPhrases.Record(phrases.Length);
            for (int i = 0; i < phrases.Length; i++)
            {
                found.Add(phrases[i], results[i]);
            }
        }

        foreach ((GroundingJob job, TimeSpan waited) in jobs)
        {
            if (!job.Phrases.All(found.ContainsKey))
            {
                continue; // Its client left before the phrases were computed.
            }

            job.Complete(
                new GroundingOutcome(
                    trajectory,
                    [.. job.Phrases.Select(phrase => AskedFor(job, found[phrase]))],
                    cached,
                    waited,
                    phrases.Length
                )
            );
        }
    }

    /// <summary>What others in the batch asked for besides is left out. Boxes are found later, from what is left.</summary>
    private static PhraseGrounding AskedFor(GroundingJob job, PhraseGrounding found) =>
        found with
        {
            Tokens = job.PerToken ? found.Tokens : [],
            Confidence = job.Confidence ? found.Confidence : null,
            Gap = job.Confidence ? found.Gap : ConfidenceGap.NotAsked,
        };

    private List<GroundingJob> Companions(GroundingJob first, WorkQueue queue, int phrases)
    {
        TrajectoryKey key = first.Key;
        int room = options.MaxBatchPhrases - phrases;
        return queue.TakeWhere<GroundingJob>(job =>
        {
            if (job.Key != key || job.Model != first.Model || job.Phrases.Count > room)
            {
                return false;
            }

            room -= job.Phrases.Count;
            return true;
        });
    }

    private sealed class FanOut(List<(GroundingJob Job, TimeSpan Waited)> jobs) : IProgress<GroundingProgress>
    {
        public void Report(GroundingProgress value)
        {
            foreach ((GroundingJob job, _) in jobs)
            {
                job.Progress?.Report(value);
            }
        }
    }
}
