using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// Trajectories of a data set's images in the order in which they are asked for, some computed together. Not thread-safe.
/// </summary>
/// <param name="grounder">Inverts.</param>
/// <param name="images">Reads.</param>
/// <param name="cases">All cases, in the order in which they are asked.</param>
/// <param name="atOnce">Images inverted together, at least 1.</param>
/// <param name="cancellationToken">Stops between two operators of a graph.</param>
internal sealed class ImagesAhead(
    GroundingPipeline grounder,
    ImageFolder images,
    IReadOnlyList<EvaluationCase> cases,
    int atOnce,
    CancellationToken cancellationToken
) : IDisposable
{
    private readonly EvaluationCase[] _firstOfImage = [.. cases.DistinctBy(item => item.ImageId)];
    private readonly Dictionary<string, ImageTrajectory> _ready = [];

    /// <summary>An image's trajectory; the caller disposes it.</summary>
    /// <param name="item">A case of the image.</param>
    public ImageTrajectory Take(EvaluationCase item)
    {
        if (!_ready.Remove(item.ImageId, out ImageTrajectory? trajectory))
        {
            // Asked in another order than announced: what was computed ahead may never be wanted.
            Dispose();
            EvaluationCase[] group = [item, .. _firstOfImage.SkipWhile(other => other.ImageId != item.ImageId).Skip(1).Take(atOnce - 1)];
            IReadOnlyList<ImageTrajectory> inverted = grounder.Invert(
                [.. group.Select(each => images.Read(each).Image)],
                null,
                cancellationToken
            );
            trajectory = inverted[0];
            for (int i = 1; i < group.Length; i++)
            {
                _ready.Add(group[i].ImageId, inverted[i]);
            }
        }

        return trajectory;
    }

    /// <summary>Forgets what is ready.</summary>
    public void Dispose()
    {
        foreach (ImageTrajectory trajectory in _ready.Values)
        {
            trajectory.Dispose();
        }

        _ready.Clear();
    }
}
