using System.Diagnostics.CodeAnalysis;

namespace CxrOnnx.Core.Prompts;

/// <summary>
/// One of the 27 locations of the standard prompts: a side and a zone (eight zones on three sides), and three without a side.
/// </summary>
/// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 3.1 and appendix D.</remarks>
public sealed record Location
{
    private static readonly (Zone Zone, string Word)[] SidedZones =
    [
        (Zone.Lung, ""),
        (Zone.Apical, "apical"),
        (Zone.Upper, "upper"),
        (Zone.Middle, "middle"),
        (Zone.Lower, "lower"),
        (Zone.Costophrenic, "costophrenic"),
        (Zone.Pleural, "pleural"),
        (Zone.Base, "base"),
    ];

    private Location(Side side, Zone zone, string name)
    {
        Side = side;
        Zone = zone;
        Name = name;
    }

    /// <summary>All 27: left, right and bilateral ones zone by zone, then lingular, cardiomegaly and pulmonary.</summary>
    public static IReadOnlyList<Location> All { get; } = Build();

    /// <summary>The lingula.</summary>
    public static Location Lingular { get; } = Of(Side.None, Zone.Lingula);

    /// <summary>The enlarged heart.</summary>
    public static Location Cardiomegaly { get; } = Of(Side.None, Zone.Heart);

    /// <summary>Both lungs as a whole; used with edema.</summary>
    public static Location Pulmonary { get; } = Of(Side.None, Zone.Pulmonary);

    /// <summary>The side, <see cref="Side.None"/> for the three that have none.</summary>
    public Side Side { get; }

    /// <summary>The zone.</summary>
    public Zone Zone { get; }

    /// <summary>The words that stand for it in a prompt, for example <c>left lower</c>, <c>right</c>, <c>bibasilar</c>.</summary>
    public string Name { get; }

    /// <summary>The location of a side and a zone.</summary>
    /// <exception cref="ArgumentException">There is no such location (a side of the heart, for example).</exception>
    public static Location Of(Side side, Zone zone) =>
        All.FirstOrDefault(location => location.Side == side && location.Zone == zone)
        ?? throw new ArgumentException($"there is no location {side} {zone}");

    /// <summary>The location with a name as <see cref="Name"/> writes it; case does not matter.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out Location? location)
    {
        location = All.FirstOrDefault(candidate => string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase));
        return location is not null;
    }

    /// <summary>The parts of a bilateral location, left first; the location itself for any other.</summary>
    public IReadOnlyList<Location> Sides() => Side == Side.Bilateral ? [Of(Side.Left, Zone), Of(Side.Right, Zone)] : [this];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static List<Location> Build()
    {
        List<Location> locations = [];
        foreach (Side side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Bilateral])
        {
            foreach ((Zone zone, string word) in SidedZones)
            {
                string sideWord = side.ToString().ToLowerInvariant();
                string name = (side, zone) switch
                {
                    (Side.Bilateral, Zone.Base) => "bibasilar",
                    (_, Zone.Lung) => sideWord,
                    _ => $"{sideWord} {word}",
                };
                locations.Add(new Location(side, zone, name));
            }
        }

        locations.Add(new Location(Side.None, Zone.Lingula, "lingular"));
        locations.Add(new Location(Side.None, Zone.Heart, "cardiomegaly"));
        locations.Add(new Location(Side.None, Zone.Pulmonary, "pulmonary"));
        return locations;
    }
}
