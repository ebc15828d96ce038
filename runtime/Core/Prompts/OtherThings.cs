namespace CxrOnnx.Core.Prompts;

/// <summary>What reports name beside findings and what is none of the eight: tubes, bones, operations, scars.</summary>
internal static class OtherThings
{
    // With a side of their own before them: "right chest tube", "old left rib fractures". Their side is not that of a finding.
    private static readonly HashSet<string> Parts = new(StringComparer.Ordinal)
    {
        "tube",
        "tubes",
        "catheter",
        "catheters",
        "line",
        "lines",
        "port",
        "picc",
        "pacemaker",
        "pacer",
        "icd",
        "drain",
        "drains",
        "stent",
        "clips",
        "lead",
        "leads",
        "jugular",
        "subclavian",
        "pectoral",
        "ij",
        "thoracentesis",
        "thoracotomy",
        "lobectomy",
        "pneumonectomy",
        "mastectomy",
        "rib",
        "ribs",
        "clavicle",
        "clavicular",
        "shoulder",
        "humerus",
        "humeral",
        "scapula",
        "breast",
        "hemidiaphragm",
        "atrium",
        "ventricle",
        "ventricular",
        "atrial",
        "brachiocephalic",
        "main",
        "bronchus",
    };

    // With places that may be shared with a finding in the same breath: "right effusion with shift".
    private static readonly HashSet<string> Changes = new(StringComparer.Ordinal)
    {
        "thickening",
        "scarring",
        "scar",
        "plaque",
        "plaques",
        "granuloma",
        "granulomas",
        "nodule",
        "nodules",
        "mass",
        "masses",
        "fracture",
        "fractures",
        "calcification",
        "calcifications",
        "emphysema",
        "bullae",
        "hernia",
        "hardware",
        "sutures",
        "fibrosis",
        "bronchiectasis",
        "shift",
        "deviation",
        "displacement",
        "cyst",
        "lymphadenopathy",
        "adenopathy",
        "hyperinflation",
        "hyperexpansion",
        "hyperaeration",
        "overinflation",
        "overexpansion",
        "scoliosis",
    };

    private static readonly HashSet<string> OfPleura = new(StringComparer.Ordinal)
    {
        "change",
        "changes",
        "thickening",
        "scarring",
        "scar",
        "plaque",
        "plaques",
        "reaction",
        "disease",
        "calcification",
        "calcifications",
    };

    /// <summary>Whether a word behind "pleural" says that something else than fluid is meant.</summary>
    public static bool IsOfPleura(string word) => OfPleura.Contains(word);

    /// <summary>Whether a word names such a thing.</summary>
    public static bool Contains(string word) => Parts.Contains(word) || Changes.Contains(word);

    /// <summary>Whether a side before it is its own: a tube, a rib.</summary>
    public static bool HasOwnSide(string word) => Parts.Contains(word);
}
