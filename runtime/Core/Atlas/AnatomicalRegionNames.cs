using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Core.Atlas;

/// <summary>The regions' names in Chest ImaGenome's files, and which regions a location is made of.</summary>
public static class AnatomicalRegionNames
{
    private static readonly Dictionary<AnatomicalRegion, string> Names = new()
    {
        [AnatomicalRegion.LeftLung] = "left lung",
        [AnatomicalRegion.LeftApicalZone] = "left apical zone",
        [AnatomicalRegion.LeftUpperLungZone] = "left upper lung zone",
        [AnatomicalRegion.LeftMidLungZone] = "left mid lung zone",
        [AnatomicalRegion.LeftLowerLungZone] = "left lower lung zone",
        [AnatomicalRegion.LeftCostophrenicAngle] = "left costophrenic angle",
        [AnatomicalRegion.RightLung] = "right lung",
        [AnatomicalRegion.RightApicalZone] = "right apical zone",
        [AnatomicalRegion.RightUpperLungZone] = "right upper lung zone",
        [AnatomicalRegion.RightMidLungZone] = "right mid lung zone",
        [AnatomicalRegion.RightLowerLungZone] = "right lower lung zone",
        [AnatomicalRegion.RightCostophrenicAngle] = "right costophrenic angle",
        [AnatomicalRegion.CardiacSilhouette] = "cardiac silhouette",
    };

    /// <summary>All regions in the order of the enumeration.</summary>
    public static IReadOnlyList<AnatomicalRegion> All { get; } = [.. Enum.GetValues<AnatomicalRegion>()];

    /// <summary>The name as Chest ImaGenome writes it.</summary>
    public static string NameOf(AnatomicalRegion region) => Names[region];

    /// <summary>The region with a name as Chest ImaGenome writes it; false for its other boxes, which no location needs.</summary>
    public static bool TryFind(string name, out AnatomicalRegion region)
    {
        foreach ((AnatomicalRegion candidate, string candidateName) in Names)
        {
            if (string.Equals(candidateName, name, StringComparison.OrdinalIgnoreCase))
            {
                region = candidate;
                return true;
            }
        }

        region = default;
        return false;
    }

    /// <summary>
    /// The regions of a location: one for a side, two for a bilateral location. Base and pleural are in the lower zone, the lingula in the
    /// left mid zone, "pulmonary" is both lungs and "cardiomegaly" the cardiac silhouette.
    /// </summary>
    /// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), appendix D.</remarks>
    public static IReadOnlyList<AnatomicalRegion> RegionsOf(Location location) =>
        location.Zone switch
        {
            Zone.Lingula => [AnatomicalRegion.LeftMidLungZone],
            Zone.Heart => [AnatomicalRegion.CardiacSilhouette],
            Zone.Pulmonary => [AnatomicalRegion.LeftLung, AnatomicalRegion.RightLung],
            _ => [.. location.Sides().Select(side => OfSide(side.Side == Side.Left, side.Zone))],
        };

    private static AnatomicalRegion OfSide(bool left, Zone zone) =>
        zone switch
        {
            Zone.Apical => left ? AnatomicalRegion.LeftApicalZone : AnatomicalRegion.RightApicalZone,
            Zone.Upper => left ? AnatomicalRegion.LeftUpperLungZone : AnatomicalRegion.RightUpperLungZone,
            Zone.Middle => left ? AnatomicalRegion.LeftMidLungZone : AnatomicalRegion.RightMidLungZone,
            Zone.Lower or Zone.Base or Zone.Pleural => left ? AnatomicalRegion.LeftLowerLungZone : AnatomicalRegion.RightLowerLungZone,
            Zone.Costophrenic => left ? AnatomicalRegion.LeftCostophrenicAngle : AnatomicalRegion.RightCostophrenicAngle,
            _ => left ? AnatomicalRegion.LeftLung : AnatomicalRegion.RightLung,
        };
}
