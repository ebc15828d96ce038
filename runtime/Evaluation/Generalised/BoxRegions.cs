using System.Globalization;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Evaluation.Methods;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>Anybody's boxes with the key <c>score</c>; an entry without it scores 1, which a note counts.</summary>
/// <param name="boxes">The file.</param>
public sealed class BoxRegions(BoxPredictions boxes) : IRegionSystem
{
    private int _withoutScore;

    /// <inheritdoc/>
    public string Name => boxes.Name;

    /// <inheritdoc/>
    public string Description => "boxes from a file, scored by its key `score`";

    /// <inheritdoc/>
    public bool IsBound => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes =>
        _withoutScore == 0
            ? []
            :
            [
                string.Create(CultureInfo.InvariantCulture, $"{_withoutScore} {(_withoutScore == 1 ? "entry has" : "entries have")} ")
                    + "boxes and no `score`: each of these boxes counts with 1.",
            ];

    /// <inheritdoc/>
    public void Check(IReadOnlyList<GeneralisedCase> cases) => boxes.Check([.. cases.Select(item => item.Phrase)]);

    /// <inheritdoc/>
    public RegionAnswer Answer(GeneralisedCase item)
    {
        IReadOnlyList<PixelBox> found = boxes.Answer(item.Phrase).Boxes!;
        IReadOnlyList<double>? scores = boxes.ScoresOf(item.Phrase);
        if (scores is null && found.Count > 0)
        {
            _withoutScore++;
        }

        return RegionAnswer.Of(found.Select((box, i) => new ScoredRegion(box, scores?[i] ?? 1)).Where(region => region.Box.Area > 0));
    }
}
