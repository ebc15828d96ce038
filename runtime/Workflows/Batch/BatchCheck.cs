using CxrOnnx.Core;

namespace CxrOnnx.Workflows.Batch;

/// <summary>Finds everything that is wrong with a batch before its first image is computed.</summary>
/// <param name="request">The batch.</param>
/// <param name="reading">Reads phrases as the batch will.</param>
/// <param name="cancellationToken">Stops between two images.</param>
internal sealed class BatchCheck(BatchRequest request, BatchReading reading, CancellationToken cancellationToken)
{
    /// <summary>Checks images, phrases and reports.</summary>
    /// <param name="images">The images of the part.</param>
    /// <param name="answered">What has its answer already and is not looked at again.</param>
    /// <param name="progress">Gets the finished share.</param>
    /// <returns>What is wrong, in the order of the images.</returns>
    public InputProblems Run(IReadOnlyList<BatchImage> images, IReadOnlySet<BatchKey> answered, IProgress<double> progress)
    {
        BatchPhrase[][] asked =
        [
            .. images.Select(image => image.Phrases.Where(phrase => !answered.Contains(BatchKey.Of(image, phrase))).ToArray()),
        ];
        string?[] ofFiles = new string?[images.Count];
        int done = 0;

        // Files may lie on a disk that answers slowly, but many at a time.
        Parallel.For(
            0,
            images.Count,
            new ParallelOptions { CancellationToken = cancellationToken },
            i =>
            {
                InputProblems ofFile = new();
                ofFiles[i] =
                    asked[i].Length == 0 || ofFile.Try(() => images[i].Check(request.MaxPixels)) ? null : string.Join("; ", ofFile.Found);
                progress.Report((double)Interlocked.Increment(ref done) / images.Count);
            }
        );
        InputProblems all = new();
        foreach ((int i, BatchImage image) in images.Index())
        {
            IEnumerable<string?> problems =
            [
                .. image.Reports.Select(report => report.Error),
                ofFiles[i],
                .. asked[i].Select(phrase => reading.ProblemOf(image, phrase)),
            ];
            foreach (string problem in problems.OfType<string>())
            {
                all.Add($"image {image.Image}: {problem}");
            }
        }

        return all;
    }
}
