using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
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
    private readonly EvaluationCase[][] _groups = [.. cases.DistinctBy(item => item.ImageId).Chunk(atOnce)];
    private readonly Dictionary<string, ImageTrajectory> _ready = [];

    /// <summary>An image's trajectory; the caller disposes it.</summary>
    /// <param name="item">A case of the image.</param>
    /// <exception cref="InputException">The image cannot be read.</exception>
    public ImageTrajectory Take(EvaluationCase item)
    {
        if (!_ready.Remove(item.ImageId, out ImageTrajectory? trajectory))
        {
            // Always with the same others, also where a run goes on in the middle of a group: in other company the last digits may differ.
            Dispose();
            (EvaluationCase Case, GrayImage? Image)[] group =
            [
                .. Array
                    .Find(_groups, candidates => Array.Exists(candidates, other => other.ImageId == item.ImageId))!
                    .Select(each => (each, each.ImageId == item.ImageId ? images.Read(each).Image : ReadOrNull(each))),
            ];
            group = [.. group.Where(each => each.Image is not null)];
            IReadOnlyList<ImageTrajectory> inverted = grounder.Invert([.. group.Select(each => each.Image!)], null, cancellationToken);
            for (int i = 0; i < group.Length; i++)
            {
                _ready.Add(group[i].Case.ImageId, inverted[i]);
            }

            _ready.Remove(item.ImageId, out trajectory);
        }

        return trajectory!;
    }

    /// <summary>An image that cannot be read is told of when it is asked for, and keeps no other one from being computed.</summary>
    private GrayImage? ReadOrNull(EvaluationCase item)
    {
        try
        {
            return images.Read(item).Image;
        }
        catch (InputException)
        {
            return null;
        }
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
