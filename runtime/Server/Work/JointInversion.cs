using System.Diagnostics;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Server.Metrics;
using Microsoft.Extensions.Logging;

namespace CxrOnnx.Server.Work;

/// <summary>
/// Inverts the images of several clients together. No image takes the others down: where the inversion fails, each is inverted alone, and
/// where clients leave, it goes on as long as one of the images is wanted.
/// </summary>
internal sealed partial class JointInversion(ServiceMetrics metrics, ILogger<JointInversion> logger)
{
    /// <summary>One trajectory per image that could be inverted; the jobs of the others have ended.</summary>
    public List<(ImageJobs Image, ImageTrajectory Trajectory)> Run(
        GroundingPipeline pipeline,
        IReadOnlyList<(ImageJobs Image, GrayImage Picture)> images
    )
    {
        List<(ImageJobs Image, ImageTrajectory Trajectory)> inverted = [];
        if (images.Count == 0)
        {
            return inverted;
        }

        using BatchCancellation cancellation = new();
        cancellation.Add(images.Select(entry => entry.Image.Cancellation));
        try
        {
            inverted.AddRange(Invert(pipeline, images, cancellation.Token).Select((trajectory, i) => (images[i].Image, trajectory)));
            return inverted;
        }
        catch (OperationCanceledException)
        {
            foreach ((ImageJobs image, _) in images)
            {
                image.Leave();
            }

            return inverted;
        }
#pragma warning disable CA1031 // whatever it is, it is one of the images' and goes to its clients below
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (images.Count == 1)
            {
                images[0].Image.Fail(exception);
                return inverted;
            }

            Apart(logger, images.Count, exception.GetType().Name);
        }

        // It does not say whose failure it is; alone, each fails for itself.
        foreach ((ImageJobs Image, GrayImage Picture) entry in images)
        {
            inverted.AddRange(Run(pipeline, [entry]));
        }

        return inverted;
    }

    private IReadOnlyList<ImageTrajectory> Invert(
        GroundingPipeline pipeline,
        IReadOnlyList<(ImageJobs Image, GrayImage Picture)> images,
        CancellationToken cancellationToken
    )
    {
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<ImageTrajectory> trajectories = pipeline.Invert(
            [.. images.Select(entry => entry.Picture)],
            new OfEachImage([.. images.Select(entry => entry.Image)]),
            cancellationToken
        );
        TimeSpan share = Stopwatch.GetElapsedTime(start) / images.Count;
        metrics.BatchImages.Record(images.Count);
        foreach (ImageTrajectory _ in trajectories)
        {
            metrics.Stage("trajectory", share);
        }

        return trajectories;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "the inversion of {Images} images together failed with {Failure}; each is inverted alone"
    )]
    private static partial void Apart(ILogger logger, int images, string failure);

    /// <summary>
    /// Tells every image's clients of an inversion. Of the encoder they see their own image only: how many others there are is nobody's
    /// concern.
    /// </summary>
    private sealed class OfEachImage(IReadOnlyList<ImageJobs> images) : IProgress<GroundingProgress>
    {
        public void Report(GroundingProgress value)
        {
            if (value.Stage == GroundingStage.EncodeImage)
            {
                if (value.Done > 0 && value.Done < value.Total)
                {
                    return;
                }

                value = value with { Done = value.Done == 0 ? 0 : 1, Total = 1 };
            }

            foreach (ImageJobs image in images)
            {
                image.Report(value);
            }
        }
    }
}
