using CxrOnnx.Core.Evaluation;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Overlay;

namespace CxrOnnx.Cli.Evaluation;

/// <summary>Pictures of a system's best, median and worst cases.</summary>
public static class ExamplePictures
{
    // Two of each kind show a pattern without making the report heavy.
    private const int OfEachKind = 2;
    private const int LongestSide = 560;

    /// <summary>Draws them; a system that answers with boxes has none.</summary>
    /// <param name="system">The system, still open.</param>
    /// <param name="scores">What it scored.</param>
    /// <param name="images">The data set's images.</param>
    public static IReadOnlyList<EvaluationPicture> Draw(IEvaluatedSystem system, SystemScores scores, ImageFolder images)
    {
        CaseScore[] ranked = [.. scores.Cases.Where(score => score.Cnr is not null).OrderByDescending(score => score.MIoU)];
        if (ranked.Length == 0)
        {
            return [];
        }

        // A case is shown once, under the first kind that wants it.
        List<EvaluationPicture> pictures = [];
        HashSet<CaseScore> shown = new(ReferenceEqualityComparer.Instance);
        int middle = Math.Max(0, (ranked.Length / 2) - (OfEachKind / 2));
        foreach ((string rank, IEnumerable<CaseScore> cases) in (ReadOnlySpan<(string, IEnumerable<CaseScore>)>)
            [("best", ranked.Take(OfEachKind)), ("median", ranked.Skip(middle).Take(OfEachKind)), ("worst", ranked.TakeLast(OfEachKind))])
        {
            foreach (CaseScore score in cases.Where(shown.Add))
            {
                pictures.Add(new EvaluationPicture(system.Name, rank, score, Draw(system, score.Case, images)));
            }
        }

        return pictures;
    }

    private static byte[] Draw(IEvaluatedSystem system, EvaluationCase item, ImageFolder images)
    {
        Heatmap heatmap = system.Answer(item).Heatmap!;
        OverlayContent content = new()
        {
            Image = RadiographReader.Read(images.PathOf(item)).Image,
            Heatmap = heatmap.Values,
            Phrase = item.LabelText,
            Boxes = item.Boxes,
            Peak = heatmap.Peak() is { } peak ? (peak.X, peak.Y) : null,
            Model = system.Name,
        };
        return OverlayRenderer.Render(content, new OverlayOptions { MaxSide = LongestSide, MinWidth = LongestSide });
    }
}
