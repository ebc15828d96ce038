using System.Globalization;

namespace CxrOnnx.Trainer.Phantom;

/// <summary>The words of the synthetic reports: how radiologists write a location, a pathology and its size.</summary>
internal static class ReportVocabulary
{
    /// <summary>A location in front of a noun: "left lower lobe", "bibasilar", "lingular".</summary>
    public static string Before(string location, PhantomRandom random)
    {
        (string side, string zone) = Split(location);
        return (side, zone) switch
        {
            (_, "lingular" or "pulmonary" or "cardiomegaly") => location,
            ("bibasilar", _) => random.Pick("bibasilar", "bilateral basilar", "bibasilar"),
            (_, "") => side == "bilateral" ? "bilateral" : random.Pick(side, side + " lung", side + "-sided"),
            (_, "lower" or "upper") => random.Pick($"{side} {zone} lobe", $"{side} {zone} lung", $"{side} {zone} zone", $"{side} {zone} lobe"),
            ("right", "middle") => random.Pick("right middle lobe", "right mid lung"),
            (_, "middle") => random.Pick($"{side} mid lung", $"{side} middle zone"),
            (_, "base") => random.Pick($"{side} basilar", $"{side} base"),
            _ => $"{side} {zone}",
        };
    }

    /// <summary>A location as a place: "in the left lower lobe", "at the right lung base".</summary>
    public static string At(string location, PhantomRandom random)
    {
        (string side, string zone) = Split(location);
        string lungs = side == "bilateral" ? "lungs" : "lung";
        return (side, zone) switch
        {
            (_, "lingular") => "in the lingula",
            (_, "pulmonary") => "in both lungs",
            ("bibasilar", _) => random.Pick("at both lung bases", "at the bilateral lung bases"),
            ("bilateral", "") => random.Pick("bilaterally", "in both lungs"),
            (_, "") => $"in the {side} lung",
            (_, "lower" or "upper") => random.Pick($"in the {side} {zone} lobe{Plural(side)}", $"in the {side} {zone} lung zone{Plural(side)}"),
            (_, "middle") => random.Pick($"in the {side} mid {lungs}", $"in the {side} middle lung zone{Plural(side)}"),
            (_, "apical") => side == "bilateral" ? "at the bilateral lung apices" : random.Pick($"at the {side} apex", $"at the {side} lung apex"),
            (_, "base") => random.Pick($"at the {side} base", $"at the {side} lung base"),
            (_, "costophrenic") => $"at the {side} costophrenic angle{Plural(side)}",
            _ => $"along the {side} pleural surface{Plural(side)}",
        };
    }

    /// <summary>The pathology, sometimes by a synonym.</summary>
    public static string Noun(string pathology, PhantomRandom random) => pathology switch
    {
        "pneumonia" => random.Pick("pneumonia", "pneumonia", "pneumonia", "opacity concerning for pneumonia", "airspace disease consistent with pneumonia"),
        "pleural effusion" => random.Pick("pleural effusion", "pleural effusion", "effusion"),
        "lung opacity" => random.Pick("opacity", "opacity", "hazy opacity", "rounded opacity", "parenchymal opacity"),
        "atelectasis" => random.Pick("atelectasis", "atelectasis", "linear atelectasis", "subsegmental atelectasis", "plate-like atelectasis"),
        "consolidation" => random.Pick("consolidation", "consolidation", "focal consolidation", "airspace consolidation"),
        "edema" => random.Pick("edema", "edema", "interstitial edema"),
        _ => pathology,
    };

    /// <summary>A size or severity word.</summary>
    public static string Severity(string pathology, float severity, PhantomRandom random)
    {
        int level = severity < 0.33f ? 0 : severity < 0.7f ? 1 : 2;
        return (pathology, level) switch
        {
            ("pneumothorax" or "pleural effusion", 0) => random.Pick("small", "tiny", "trace"),
            ("pneumothorax" or "pleural effusion", 1) => random.Pick("moderate", "moderate-sized"),
            ("pneumothorax" or "pleural effusion", _) => random.Pick("large", "sizable"),
            (_, 0) => random.Pick("mild", "subtle", "minimal"),
            (_, 1) => random.Pick("moderate", "patchy", "moderate"),
            _ => random.Pick("severe", "extensive", "marked"),
        };
    }

    /// <summary>"a" or "an" with the following words.</summary>
    public static string Article(string words) => ("aeiou".Contains(words[0], StringComparison.Ordinal) ? "an " : "a ") + words;

    /// <summary>The words with a capital first letter.</summary>
    public static string Sentence(string words) => char.ToUpper(words[0], CultureInfo.InvariantCulture) + words[1..];

    private static string Plural(string side) => side == "bilateral" ? "s" : string.Empty;

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
