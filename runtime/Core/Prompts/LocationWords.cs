namespace CxrOnnx.Core.Prompts;

/// <summary>Words that name sides, zones and places.</summary>
internal static class LocationWords
{
    /// <summary>Words that name a zone, with or without a side.</summary>
    public static Dictionary<string, Zone> Zones { get; } =
        new(StringComparer.Ordinal)
        {
            ["apical"] = Zone.Apical,
            ["apex"] = Zone.Apical,
            ["apices"] = Zone.Apical,
            ["apically"] = Zone.Apical,
            ["apicolateral"] = Zone.Apical,
            ["upper"] = Zone.Upper,
            ["suprahilar"] = Zone.Upper,
            ["middle"] = Zone.Middle,
            ["mid"] = Zone.Middle,
            ["midlung"] = Zone.Middle,
            ["perihilar"] = Zone.Middle,
            ["lower"] = Zone.Lower,
            ["infrahilar"] = Zone.Lower,
            ["ul"] = Zone.Upper,
            ["ll"] = Zone.Lower,
            ["uz"] = Zone.Upper,
            ["mz"] = Zone.Middle,
            ["lz"] = Zone.Lower,
            ["costophrenic"] = Zone.Costophrenic,
            ["cp"] = Zone.Costophrenic,
            ["pleural"] = Zone.Pleural,
            ["base"] = Zone.Base,
            ["bases"] = Zone.Base,
            ["basal"] = Zone.Base,
            ["basilar"] = Zone.Base,
            ["basally"] = Zone.Base,
            ["posterobasal"] = Zone.Base,
            ["laterobasal"] = Zone.Base,
        };

    /// <summary>Words that name a place with its side.</summary>
    public static Dictionary<string, Location> WholeLocations { get; } =
        new(StringComparer.Ordinal)
        {
            ["bibasilar"] = Location.Of(Side.Bilateral, Zone.Base),
            ["bibasal"] = Location.Of(Side.Bilateral, Zone.Base),
            ["biapical"] = Location.Of(Side.Bilateral, Zone.Apical),
            ["lingula"] = Location.Lingular,
            ["lingular"] = Location.Lingular,
            ["retrocardiac"] = Location.Of(Side.Left, Zone.Base),
            ["rul"] = Location.Of(Side.Right, Zone.Upper),
            ["rml"] = Location.Of(Side.Right, Zone.Middle),
            ["rll"] = Location.Of(Side.Right, Zone.Lower),
            ["lul"] = Location.Of(Side.Left, Zone.Upper),
            ["lll"] = Location.Of(Side.Left, Zone.Lower),
            ["ruz"] = Location.Of(Side.Right, Zone.Upper),
            ["rmz"] = Location.Of(Side.Right, Zone.Middle),
            ["rlz"] = Location.Of(Side.Right, Zone.Lower),
            ["luz"] = Location.Of(Side.Left, Zone.Upper),
            ["lmz"] = Location.Of(Side.Left, Zone.Middle),
            ["llz"] = Location.Of(Side.Left, Zone.Lower),
        };

    /// <summary>One word for the zone of both sides.</summary>
    public static HashSet<string> Plurals { get; } = new(StringComparer.Ordinal) { "apices", "bases" };

    /// <summary>Whether a word alone names a place.</summary>
    public static bool IsPlace(string word) => Zones.ContainsKey(word) || WholeLocations.ContainsKey(word);

    /// <summary>The side that a word names, or null.</summary>
    public static Side? SideOf(string word) =>
        word switch
        {
            "left" or "l" or "lt" or "leftsided" or "lhs" => Side.Left,
            "right" or "r" or "rt" or "rightsided" or "rhs" => Side.Right,
            "bilateral" or "bilaterally" or "bilat" or "bi" or "both" => Side.Bilateral,
            _ => null,
        };
}
