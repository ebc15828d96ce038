using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Workflows.Ground;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Grounds images of a batch: inverted together, then each one's phrases, some lines at a time.</summary>
/// <param name="request">The batch.</param>
/// <param name="grounder">Grounds.</param>
/// <param name="lines">Writes the lines.</param>
/// <param name="cancellationToken">Stops between two operators of a graph.</param>
internal sealed class BatchGrounding(
    BatchRequest request,
    GroundingPipeline grounder,
    BatchLines lines,
    CancellationToken cancellationToken
)
{
    /// <summary>Grounds the pending phrases of images that were read.</summary>
    /// <param name="works">The images of a group, always the same ones together.</param>
    /// <param name="progress">Gets the finished share of the group.</param>
    /// <returns>Lines that belong together, in the order of the phrases, with the time that each of them took.</returns>
    public IEnumerable<(BatchImage Image, IReadOnlyList<BatchLine> Lines, double? Seconds)> Ground(
        IReadOnlyList<BatchWork> works,
        IProgress<double> progress
    )
    {
        BatchWork[] seen = [.. works.Where(work => work.TextsOf(work.Image.Phrases).Length > 0)];
        ShareProgress share = new(progress, grounder, works.Sum(work => work.Parts.Sum(part => work.TextsOf(part).Length)), seen.Length);
        IReadOnlyList<ImageTrajectory> trajectories =
            seen.Length == 0 ? [] : grounder.Invert([.. seen.Select(work => work.Radiograph!.Image)], share, cancellationToken);
        try
        {
            int before = 0;
            foreach (BatchWork work in works)
            {
                int at = Array.IndexOf(seen, work);
                using ImageTrajectory? trajectory = at < 0 ? null : trajectories[at];
                BatchFiles files = new(request, work.Image, lines.Manifest);

                // What images share is each one's part of it.
                TimeSpan ofImage = work.Watch.Elapsed + (trajectory is null ? default : trajectory.EncodeTime + trajectory.InversionTime);
                double imageSeconds = ofImage.TotalSeconds / Math.Max(1, work.Usable.Count);
                foreach (BatchPhrase[] part in work.Parts)
                {
                    work.Watch.Restart();
                    string[] texts = work.TextsOf(part);
                    share.Begin(before, texts.Length);
                    IReadOnlyList<PhraseGrounding> found =
                        trajectory is null || texts.Length == 0 ? [] : grounder.Ground(trajectory, texts, share, cancellationToken);
                    before += texts.Length;
                    BatchLine[] answers =
                    [
                        .. part.Where(work.Pending.Contains)
                            .Select(phrase =>
                                work.Wrong.GetValueOrDefault(phrase)
                                ?? lines.Found(work, phrase, work.AnswerOf(phrase, texts, found), files)
                            ),
                    ];
                    int answered = Math.Max(1, part.Count(work.Usable.ContainsKey));
                    yield return (work.Image, answers, imageSeconds + (work.Watch.Elapsed.TotalSeconds / answered));
                }

                if (work.OfReports.Count > 0)
                {
                    yield return (work.Image, work.OfReports, null);
                }
            }
        }
        finally
        {
            foreach (ImageTrajectory trajectory in trajectories)
            {
                trajectory.Dispose();
            }
        }
    }
}
