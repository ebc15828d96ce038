using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>Where the painters draw what a location name says.</summary>
internal static class LocationNames
{
    /// <summary>The sites of one of the 27 locations, the patient's right first; null for any other text.</summary>
    public static IReadOnlyList<FindingSite>? Sites(string name)
    {
        if (!Location.TryFind(name, out Location? location))
        {
            return null;
        }

        return (location.Side, location.Zone) switch
        {
            (Side.Right, Zone zone) => [new(0, zone)],
            (Side.Left, Zone zone) => [new(1, zone)],
            (Side.None, Zone.Lingula or Zone.Heart) => [new(1, location.Zone)],
            (_, Zone zone) => [new(0, zone), new(1, zone)],
        };
    }

    /// <summary>
    /// The locations as data sets write them: an effusion without a zone is "pleural" (the recogniser of reports reads it so, and its atlas
    /// entry is the lower zone, where fluid gathers).
    /// </summary>
    public static IReadOnlyList<Location> Published(string pathology, IReadOnlyList<string> names) =>
        [
            .. names.Select(name =>
            {
                Location location = Location.All.First(candidate => candidate.Name == name);
                return pathology == Pathology.PleuralEffusion.Name && location.Zone == Zone.Lung
                    ? Location.Of(location.Side, Zone.Pleural)
                    : location;
            }),
        ];
}
