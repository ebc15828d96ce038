using static CxrOnnx.Phantom.ReportMarkup;

namespace CxrOnnx.Phantom;

/// <summary>
/// The words of the synthetic reports: how radiologists write a location, a pathology and its size. Places carry their label.
/// </summary>
internal static class ReportVocabulary
{
    /// <summary>A location in front of a noun: "left lower lobe", "bibasilar", "RML".</summary>
    public static string Before(string location, PhantomRandom random)
    {
        (string side, string zone) = Split(location);
        string letter = side is "left" ? "L" : "R";
        return Anatomy(
            (side, zone) switch
            {
                (_, "lingular" or "pulmonary" or "cardiomegaly") => location,
                ("bibasilar", _) => random.Pick("bibasilar", "bilateral basilar", "bibasilar", "bibasal"),
                ("bilateral", "") => "bilateral",
                (_, "") => random.Pick(side, side + " lung", side + "-sided", side),
                (not "bilateral", "lower") when random.Chance(0.15f) => letter + "LL",
                (not "bilateral", "upper") when random.Chance(0.15f) => letter + "UL",
                ("right", "middle") => random.Pick("right middle lobe", "right mid lung", "RML"),
                (_, "lower" or "upper") => random.Pick(
                    $"{side} {zone} lobe",
                    $"{side} {zone} lung",
                    $"{side} {zone} zone",
                    $"{side} {zone} lobe"
                ),
                (_, "middle") => random.Pick($"{side} mid lung", $"{side} middle zone", $"{side} perihilar"),
                ("left", "base") => random.Pick("left basilar", "left base", "retrocardiac", "left basal"),
                (_, "base") => random.Pick($"{side} basilar", $"{side} base", $"{side} basal"),
                ("bilateral", "apical") => random.Pick("biapical", "bilateral apical"),
                _ => $"{side} {zone}",
            }
        );
    }

    /// <summary>A location as a place: "in the left lower lobe", "at the right lung base".</summary>
    public static string At(string location, PhantomRandom random)
    {
        (string side, string zone) = Split(location);
        string s = side == "bilateral" ? "s" : string.Empty;
        return (side, zone) switch
        {
            (_, "lingular") => $"in the {Anatomy("lingula")}",
            (_, "pulmonary") => $"in {Anatomy("both lungs")}",
            ("bibasilar", _) => random.Pick(
                $"at {Anatomy("both lung bases")}",
                $"at the {Anatomy("bilateral lung bases")}",
                $"at the {Anatomy("lung bases")}",
                $"at the {Anatomy("bases")} {Anatomy("bilaterally")}"
            ),
            ("bilateral", "") => random.Pick(Anatomy("bilaterally"), $"in {Anatomy("both lungs")}", $"throughout {Anatomy("both lungs")}"),
            (_, "") => random.Pick(
                $"in the {Anatomy($"{side} lung")}",
                $"on the {Anatomy(side)}",
                $"in the {Anatomy($"{side} hemithorax")}"
            ),
            ("bilateral", "lower" or "upper") => random.Pick(
                $"in the {Anatomy($"bilateral {zone} lobes")}",
                $"in {Anatomy($"both {zone} lobes")}",
                $"in the {Anatomy($"{zone} lobes")} {Anatomy("bilaterally")}",
                $"in the {Anatomy($"bilateral {zone} lung zones")}"
            ),
            (_, "lower" or "upper") => random.Pick(
                $"in the {Anatomy($"{side} {zone} lobe")}",
                $"in the {Anatomy($"{side} {zone} lung zone")}",
                $"in the {Anatomy($"{zone} lobe")} on the {Anatomy(side)}"
            ),
            (_, "middle") => random.Pick(
                $"in the {Anatomy($"{side} mid lung{s}")}",
                $"in the {Anatomy($"{side} middle lung zone{s}")}",
                $"in the {Anatomy($"{side} perihilar")} region{s}"
            ),
            ("bilateral", "apical") => random.Pick($"at the {Anatomy("bilateral lung apices")}", $"at {Anatomy("both apices")}"),
            (_, "apical") => random.Pick(
                $"at the {Anatomy($"{side} apex")}",
                $"at the {Anatomy($"{side} lung apex")}",
                $"at the {Anatomy("apex")} of the {Anatomy($"{side} lung")}"
            ),
            (_, "base") => random.Pick(
                $"at the {Anatomy($"{side} base")}",
                $"at the {Anatomy($"{side} lung base")}",
                $"at the {Anatomy("base")} of the {Anatomy($"{side} lung")}"
            ),
            (_, "costophrenic") => random.Pick(
                $"at the {Anatomy($"{side} costophrenic angle{s}")}",
                $"in the {Anatomy($"{side} costophrenic sulc{(s.Length > 0 ? "i" : "us")}")}"
            ),
            _ => $"along the {Anatomy($"{side} pleural surface{s}")}",
        };
    }

    /// <summary>The pathology, often by a synonym; <paramref name="mark"/> labels the name.</summary>
    /// <param name="pathology">One of the eight.</param>
    /// <param name="random">Source of chance.</param>
    /// <param name="mark">Labels the words that name it.</param>
    public static string Noun(string pathology, PhantomRandom random, Func<string, string> mark) =>
        pathology switch
        {
            "pneumonia" => random.Int(12) switch
            {
                0 => $"{Present("opacity")} concerning for {Uncertain("pneumonia")}",
                1 => $"{Present("airspace disease")} consistent with {mark("pneumonia")}",
                2 => mark("bronchopneumonia"),
                3 => $"{mark("pneumonic infiltrate")}",
                4 => $"infectious {mark("consolidation")}",
                _ => mark("pneumonia"),
            },
            "pneumothorax" => mark(random.Pick("pneumothorax", "pneumothorax", "pneumothorax", "PTX")),
            "pleural effusion" => mark(
                random.Pick("pleural effusion", "pleural effusion", "effusion", "pleural fluid", "layering effusion")
            ),
            "lung opacity" => random.Pick(
                mark("opacity"),
                mark("opacity"),
                "hazy " + mark("opacity"),
                "rounded " + mark("opacity"),
                "parenchymal " + mark("opacity"),
                mark("airspace opacity"),
                mark("infiltrate"),
                mark("opacification"),
                mark("density")
            ),
            "atelectasis" => random.Pick(
                mark("atelectasis"),
                mark("atelectasis"),
                "linear " + mark("atelectasis"),
                "subsegmental " + mark("atelectasis"),
                "plate-like " + mark("atelectasis"),
                mark("atelectatic changes"),
                mark("volume loss")
            ),
            "consolidation" => random.Pick(
                mark("consolidation"),
                mark("consolidation"),
                "focal " + mark("consolidation"),
                "airspace " + mark("consolidation"),
                mark("consolidative opacity")
            ),
            "edema" => random.Pick(mark("edema"), mark("edema"), "interstitial " + mark("edema"), "alveolar " + mark("edema")),
            _ => mark(pathology),
        };

    /// <summary>A size or severity word.</summary>
    public static string Severity(string pathology, float severity, PhantomRandom random)
    {
        int level =
            severity < 0.33f ? 0
            : severity < 0.7f ? 1
            : 2;
        return (pathology, level) switch
        {
            ("pneumothorax" or "pleural effusion", 0) => random.Pick("small", "tiny", "trace"),
            ("pneumothorax" or "pleural effusion", 1) => random.Pick("moderate", "moderate-sized", "small to moderate"),
            ("pneumothorax" or "pleural effusion", _) => random.Pick("large", "sizable"),
            (_, 0) => random.Pick("mild", "subtle", "minimal", "faint"),
            (_, 1) => random.Pick("moderate", "patchy", "moderate", "mild to moderate"),
            _ => random.Pick("severe", "extensive", "marked", "dense"),
        };
    }

    /// <summary>The halves of a bilateral location, left first; null for any other.</summary>
    public static (string Left, string Right)? SidesOf(string location) =>
        location switch
        {
            "bibasilar" => ("left base", "right base"),
            _ when location.StartsWith("bilateral", StringComparison.Ordinal) => (
                "left" + location["bilateral".Length..],
                "right" + location["bilateral".Length..]
            ),
            _ => null,
        };

    private static (string Side, string Zone) Split(string location)
    {
        int space = location.IndexOf(' ', StringComparison.Ordinal);
        if (space >= 0)
        {
            return (location[..space], location[(space + 1)..]);
        }

        return location is "left" or "right" or "bilateral" or "bibasilar" ? (location, string.Empty) : (string.Empty, location);
    }
}
