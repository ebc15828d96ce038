using System.Globalization;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Grounding;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>
/// A system that answers with heatmaps (a baseline, a folder of another one's maps) and says nothing of its confidence: the connected
/// regions above the threshold without specks, each scored with its maximum as a share of the map's.
/// </summary>
/// <param name="system">The system.</param>
/// <param name="threshold">Of the map, in [0,1].</param>
public sealed class HeatmapRegions(IEvaluatedSystem system, double threshold = 0.5) : IRegionSystem, IDisposable
{
    /// <inheritdoc/>
    public string Name => system.Name;

    /// <inheritdoc/>
    public string Description =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{system.Description}; regions above {threshold:0.##}, score = the region's maximum, 1 for the map's: it has no confidence"
        );

    /// <inheritdoc/>
    public bool IsBound => system.IsBound;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => system.Notes;

    /// <inheritdoc/>
    public void Check(IReadOnlyList<GeneralisedCase> cases) => system.Check([.. cases.Select(item => item.Phrase)]);

    /// <inheritdoc/>
    public RegionAnswer Answer(GeneralisedCase item) => RegionAnswer.Of(Of(system.Answer(item.Phrase).Heatmap!, threshold, 1));

    /// <inheritdoc/>
    public void Dispose() => (system as IDisposable)?.Dispose();

    /// <summary>
    /// The regions of a map above a threshold, without specks, each scored with its maximum as a share of the map's, times a factor.
    /// </summary>
    /// <remarks>
    /// A map that was scaled to 1 on another grid has a little less on the image's pixels, which would order phrases by chance.
    /// </remarks>
    internal static IEnumerable<ScoredRegion> Of(Heatmap heatmap, double threshold, double factor)
    {
        IReadOnlyList<HeatmapRegion> regions = heatmap.Regions(threshold);
        double highest = regions.Select(region => region.Maximum).DefaultIfEmpty(1).Max();
        return regions
            .Where(region => region.PixelCount >= PhraseGrounding.SmallestRegion * regions[0].PixelCount)
            .Select(region => new ScoredRegion(region.Box, factor * region.Maximum / highest));
    }
}
