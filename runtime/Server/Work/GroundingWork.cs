using System.Diagnostics;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Models;

namespace CxrOnnx.Server.Work;

/// <summary>
/// Computes a grounding job together with all waiting jobs for the same image: one trajectory, one batch of phrases; a phrase that several
/// requests ask for is computed once. Jobs that arrive during the inversion still join. Where the trajectory has to be computed, those of
/// other waiting images are computed with it (<see cref="ServiceOptions.ImagesAtOnce"/>).
/// </summary>
internal sealed class GroundingWork(TrajectoryCache cache, ServiceOptions options, ServiceMetrics metrics, JointInversion inversion)
{
    /// <summary>Runs a job that was taken from the queue. Never throws: every job is completed, cancelled, failed or put back.</summary>
    /// <param name="first">The job.</param>
    /// <param name="queue">What waits.</param>
    /// <param name="worker">Number of the worker, from 0.</param>
    /// <returns>Jobs that were computed, this one included.</returns>
    public int Run(GroundingJob first, WorkQueue queue, int worker = 0)
    {
        // The batch holds the model itself: the request that brought the job may leave before the work has stopped.
        if (!first.Model.TryAcquire())
        {
            first.Cancel();
            return 1;
        }

        using ModelLease lease = new(first.Model);
        List<ImageJobs> images = [];
        try
        {
            ImageJobs image = Begin(first, queue, images);
            if (!GroundKept(image, worker))
            {
                Compute(image, queue, images, worker);
            }
        }
#pragma warning disable CA1031 // whatever it is, nobody may wait for ever
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (ImageJobs image in images.Where(image => !image.IsOver))
            {
                image.Fail(exception);
            }
        }
        finally
        {
            images.ForEach(image => image.Dispose());
        }

        return images.Sum(image => image.Jobs.Count);
    }

    private ImageJobs Begin(GroundingJob first, WorkQueue queue, List<ImageJobs> images)
    {
        ImageJobs image = new(queue, metrics);
        images.Add(image);
        image.Join([first, .. Companions(first, queue, first.Phrases.Count)]);
        return image;
    }

    /// <summary>Computes the trajectories of an image and of others that wait, then each image's phrases.</summary>
    private void Compute(ImageJobs first, WorkQueue queue, List<ImageJobs> images, int worker)
    {
        GroundingPipeline pipeline = first.First.Model.Pipeline(first.First.Preset, worker: worker);
        int wanted = Math.Min(pipeline.ImagesAtOnce(options.ImagesAtOnce), FairShare(images, queue));
        List<(ImageJobs Image, GrayImage Picture)> decoded = [];
        long pixels = 0;
        for (ImageJobs? image = first; image is not null; image = Next())
        {
            if (image != first && GroundKept(image, worker))
            {
                continue; // Another worker computed it just now.
            }

            // Each is decoded on its own: what cannot be read fails its own jobs only.
            image.Try(() =>
            {
                image.Cancellation.Token.ThrowIfCancellationRequested();
                GrayImage picture = image.First.Image();
                pixels += picture.Size.PixelCount;
                decoded.Add((image, picture));
            });
        }

        foreach ((ImageJobs image, _) in decoded.Where(entry => entry.Image.Cancellation.Token.IsCancellationRequested))
        {
            image.Leave();
        }

        List<(ImageJobs Image, ImageTrajectory Trajectory)> inverted = inversion.Run(
            pipeline,
            [.. decoded.Where(entry => !entry.Image.IsOver)]
        );
        decoded.Clear();
        foreach ((ImageJobs image, ImageTrajectory trajectory) in inverted)
        {
            cache.Keep(
                image.First.Key,
                trajectory,
                image.First.Model.Pipeline(image.First.Preset, confidence: true, worker: worker).SupportSamples
            );
            image.Join(Companions(image.First, queue, image.PhraseCount));
            image.Try(() => Ground(image, trajectory, cached: false, worker));
        }

        // Decoded pictures are large: together they may be hardly more than the largest one that is let in.
        ImageJobs? Next() =>
            decoded.Count < wanted && pixels < options.MaxPixels && TakeOther(images, queue) is { } job ? Begin(job, queue, images) : null;
    }

    /// <summary>Grounds an image whose trajectory is kept; false where it is not.</summary>
    private bool GroundKept(ImageJobs image, int worker)
    {
        if (cache.Find(image.First.Key) is not { } kept)
        {
            return false;
        }

        image.Try(() => Ground(image, kept, cached: true, worker));
        return true;
    }

    private void Ground(ImageJobs image, ImageTrajectory trajectory, bool cached, int worker)
    {
        GroundingJob first = image.First;
        string[] phrases =
        [
            .. image
                .Jobs.Where(entry => !entry.Job.CancellationToken.IsCancellationRequested)
                .SelectMany(entry => entry.Job.Phrases)
                .Distinct(StringComparer.Ordinal),
        ];
        Dictionary<string, PhraseGrounding> found = new(StringComparer.Ordinal);
        if (phrases.Length > 0)
        {
            long start = Stopwatch.GetTimestamp();
            GroundingPipeline grounder = first.Model.Pipeline(
                first.Preset,
                image.Jobs.Any(entry => entry.Job.PerToken),
                image.Jobs.Any(entry => entry.Job.Confidence),
                worker
            );
            IReadOnlyList<PhraseGrounding> results = grounder.Ground(trajectory, phrases, image, image.Cancellation.Token);
            metrics.Stage("phrases", Stopwatch.GetElapsedTime(start));
            metrics.BatchPhrases.Record(phrases.Length);
            for (int i = 0; i < phrases.Length; i++)
            {
                found.Add(phrases[i], results[i]);
            }
        }

        foreach ((GroundingJob job, TimeSpan waited) in image.Jobs)
        {
            if (!job.Phrases.All(found.ContainsKey))
            {
                continue; // Its client left before the phrases were computed.
            }

            job.Complete(
                new GroundingOutcome(
                    first.Model.On(worker).Provider,
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

    /// <summary>The longest waiting job whose trajectory can be computed with that of another image; null where none waits.</summary>
    private GroundingJob? TakeOther(List<ImageJobs> images, WorkQueue queue)
    {
        bool taken = false;
        return queue.TakeWhere<GroundingJob>(job => !taken && (taken = CanJoin(images, job))).SingleOrDefault();
    }

    /// <summary>How many of the waiting images a worker takes, so that the others have as many.</summary>
    private int FairShare(List<ImageJobs> images, WorkQueue queue)
    {
        int others = queue.Snapshot().OfType<GroundingJob>().Where(job => CanJoin(images, job)).DistinctBy(job => job.Key).Count();
        return (others + options.AllWorkers) / options.AllWorkers;
    }

    /// <summary>
    /// Whether the trajectory that a waiting job needs can be computed with those of the images taken, and is none of theirs.
    /// </summary>
    private bool CanJoin(List<ImageJobs> images, GroundingJob job) =>
        job.Model == images[0].First.Model
        && job.Preset == images[0].First.Preset
        && !cache.Has(job.Key)
        && images.TrueForAll(image => image.First.Key != job.Key);
}
