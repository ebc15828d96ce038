namespace CxrOnnx.Core.Prompts;

/// <summary>The company in which a word such as "collapse" or "density" names a pathology.</summary>
internal static class MentionContext
{
    /// <summary>Parts of a lung.</summary>
    public static HashSet<string> LungWords { get; } =
    [
        "lobe",
        "lobes",
        "lobar",
        "lung",
        "lungs",
        "lz",
        "mz",
        "uz",
        "segment",
        "segments",
        "segmental",
        "base",
        "bases",
        "basilar",
        "basal",
        "bibasilar",
        "bibasal",
        "lll",
        "rll",
        "rml",
        "lul",
        "rul",
        "lingula",
        "lingular",
        "apex",
        "apical",
        "apices",
        "hemithorax",
        "upper",
        "lower",
        "middle",
        "retrocardiac",
        "parenchymal",
        "pulmonary",
    ];

    /// <summary>Parts that can collapse.</summary>
    public static HashSet<string> LobeWords { get; } =
    [
        "lobe",
        "lobes",
        "lobar",
        "lll",
        "rll",
        "rml",
        "lul",
        "rul",
        "lz",
        "mz",
        "uz",
        "segment",
        "segmental",
        "subsegmental",
        "lingula",
        "lingular",
        "base",
        "bases",
        "basilar",
        "upper",
        "lower",
        "middle",
    ];

    /// <summary>What else collapses or is dense.</summary>
    public static HashSet<string> BoneWords { get; } =
    [
        "bone",
        "bones",
        "bony",
        "osseous",
        "vertebra",
        "vertebrae",
        "vertebral",
        "spine",
        "mineral",
        "metallic",
        "calcific",
        "calcified",
        "breast",
        "compression",
        "disc",
        "femoral",
        "nipple",
        "tissue",
    ];

    /// <summary>Words of what was done to a chest.</summary>
    public static HashSet<string> AfterSurgery { get; } =
    ["lobectomy", "pneumonectomy", "resection", "surgery", "surgical", "postsurgical", "postoperative", "radiation", "wedge"];

    /// <summary>Words that make a density an opacity.</summary>
    public static HashSet<string> ShadowQualities { get; } =
    [
        "increased",
        "increasing",
        "hazy",
        "patchy",
        "streaky",
        "linear",
        "defined",
        "vague",
        "focal",
        "confluent",
        "retrocardiac",
        "airspace",
        "alveolar",
        "parenchymal",
        "nodular",
        "faint",
        "subtle",
        "new",
        "abnormal",
        "rounded",
        "reticular",
        "interstitial",
        "wedge",
        "bandlike",
        "dense",
        "left",
        "right",
        "bilateral",
    ];

    /// <summary>The angle between ribs and diaphragm.</summary>
    public static HashSet<string> AngleWords { get; } =
    ["costophrenic", "cp", "angle", "angles", "sulcus", "sulci", "sinus", "sinuses", "recess"];

    /// <summary>Why an angle may be blunted without fluid.</summary>
    public static HashSet<string> OldPleura { get; } = ["scar", "scarring", "thickening", "adhesion", "adhesions", "pleurodesis"];

    /// <summary>Words by which fluid stays possible beside those.</summary>
    public static HashSet<string> Alternatives { get; } = ["or", "versus", "vs", "either", "fluid", "effusion", "effusions", "/"];

    /// <summary>"Mild CM": the unit always follows a number.</summary>
    public static HashSet<string> Degrees { get; } = ["mild", "moderate", "severe", "marked", "massive", "borderline", "gross"];
}
