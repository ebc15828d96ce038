namespace CxrOnnx.Evaluation.Generalised;

/// <summary>What a system says to a phrase of the generalised task.</summary>
/// <param name="Candidates">
/// Its regions, whether or not the system shows them, highest score first: a sweep over thresholds needs those too that it keeps back.
/// </param>
/// <param name="IsWithheld">Whether it shows none of them: its verdict is that there is no region.</param>
public sealed record RegionAnswer(IReadOnlyList<ScoredRegion> Candidates, bool IsWithheld)
{
    /// <summary>The regions that it shows.</summary>
    public IReadOnlyList<ScoredRegion> Regions => IsWithheld ? [] : Candidates;

    /// <summary>The highest score of a candidate; negative infinity where there is none.</summary>
    public double Score => Candidates.Count > 0 ? Candidates[0].Score : double.NegativeInfinity;

    /// <summary>An answer of scored regions in any order.</summary>
    /// <param name="regions">The regions.</param>
    /// <param name="isWithheld">Whether none is shown.</param>
    public static RegionAnswer Of(IEnumerable<ScoredRegion> regions, bool isWithheld = false) =>
        new([.. regions.OrderByDescending(region => region.Score)], isWithheld);
}
