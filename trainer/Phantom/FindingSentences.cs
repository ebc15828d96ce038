using static CxrOnnx.Phantom.ReportMarkup;

namespace CxrOnnx.Phantom;

/// <summary>
/// Sentences that say that a finding is there: plainly, hedged, compared with an earlier image, one side after the other.
/// </summary>
internal static class FindingSentences
{
    /// <summary>The sentences of one finding.</summary>
    public static List<string> Of(FindingPlan finding, PhantomRandom random)
    {
        string severity = ReportVocabulary.Severity(finding.Pathology, finding.Severity, random);
        if (finding.Pathology == "cardiomegaly")
        {
            return [Heart(severity, random)];
        }

        if (
            finding.Locations.Count == 1
            && ReportVocabulary.SidesOf(finding.Locations[0]) is (string left, string right)
            && random.Chance(0.45f)
        )
        {
            return TwoSides(finding, left, right, severity, random);
        }

        if (finding.Locations.Count == 2 && random.Chance(0.4f))
        {
            string first = ReportVocabulary.At(finding.Locations[0], random),
                second = ReportVocabulary.At(finding.Locations[1], random);
            return [$"{Capital(ReportVocabulary.Noun(finding.Pathology, random, Present))} is seen {first} and {second}."];
        }

        return [.. finding.Locations.Select(place => At(finding, place, severity, random))];
    }

    /// <summary>The finding without verb: "a small left apical pneumothorax".</summary>
    public static string Phrase(FindingPlan finding, PhantomRandom random) =>
        finding.Pathology == "cardiomegaly"
            ? Present("cardiomegaly")
            : string.Join(
                " and ",
                finding.Locations.Select(location =>
                    Phrase(finding, location, ReportVocabulary.Severity(finding.Pathology, finding.Severity, random), random)
                )
            );

    private static string Phrase(FindingPlan finding, string location, string severity, PhantomRandom random)
    {
        bool countable = finding.Pathology is "pneumothorax" or "pleural effusion" or "lung opacity";
        string noun = ReportVocabulary.Noun(finding.Pathology, random, Present);
        string plain = $"{severity} {ReportVocabulary.Before(location, random)} {noun}";
        return countable && !location.StartsWith("bi", StringComparison.Ordinal) ? Article(plain) : plain;
    }

    private static string Heart(string severity, PhantomRandom random) =>
        random.Int(8) switch
        {
            0 => $"There is {severity} {Present("cardiomegaly")}.",
            1 => $"{Capital(severity)} {Present("cardiomegaly")} is present.",
            2 => $"The {Anatomy("heart")} is {Present("enlarged")}, consistent with {Present("cardiomegaly")}.",
            3 => $"{Present("Cardiomegaly")} is unchanged from the prior study.",
            4 => $"The {Anatomy("cardiac silhouette")} is {Present("enlarged")}.",
            5 => $"The {Anatomy("heart")} is {severity.Replace("dense", "markedly", StringComparison.Ordinal)} {Present("enlarged")}, as "
                + $"before.",
            6 => $"There is {Present("enlargement")} of the {Anatomy("cardiac silhouette")}.",
            _ => $"{Anatomy("Heart")} size is {Present("enlarged")}.",
        };

    /// <summary>A bilateral finding told as two, in one sentence or in two.</summary>
    private static List<string> TwoSides(FindingPlan finding, string left, string right, string severity, PhantomRandom random)
    {
        string noun = ReportVocabulary.Noun(finding.Pathology, random, Present);
        string atLeft = ReportVocabulary.At(left, random),
            atRight = ReportVocabulary.At(right, random);
        return random.Int(5) switch
        {
            0 => [$"{Capital(noun)} is seen {atLeft} and {atRight}."],
            1 => [At(finding, right, severity, random), $"There is also {noun} {atLeft}."],
            2 =>
            [
                $"{Capital(noun)} {atRight} has increased, while the {ReportVocabulary.Before(left, random)} {Name(finding, random)} is "
                    + $"unchanged.",
            ],
            3 =>
            [
                $"{Capital(Phrase(finding, finding.Locations[0], severity, random))}, "
                    + $"{random.Pick("left greater than right", "right greater than left", "more so on the right")}.",
            ],
            _ => [At(finding, left, severity, random), $"A similar but smaller {Name(finding, random)} is noted {atRight}."],
        };
    }

    private static string At(FindingPlan finding, string location, string severity, PhantomRandom random)
    {
        string noun = ReportVocabulary.Noun(finding.Pathology, random, Present);
        string unsure = ReportVocabulary.Noun(finding.Pathology, random, Uncertain);
        string before = ReportVocabulary.Before(location, random),
            at = ReportVocabulary.At(location, random);
        if (finding.Pathology == "pleural effusion" && location.EndsWith("costophrenic", StringComparison.Ordinal) && random.Chance(0.5f))
        {
            string angle = Anatomy($"{location} angle{(location.StartsWith("bilateral", StringComparison.Ordinal) ? "s" : "")}");
            return $"Blunting of the {angle} is consistent with {Article(severity)} {noun}.";
        }

        return random.Int(20) switch
        {
            0 or 1 => $"There is {Phrase(finding, location, severity, random)}.",
            2 or 3 => $"{Capital(severity)} {noun} {at}.",
            4 => $"{Capital(noun)} is present {at}, new since the prior study.",
            5 => $"{Capital(before)} {noun} has increased compared to the previous examination.",
            6 => $"Findings are compatible with {Phrase(finding, location, severity, random)}.",
            7 => $"Again seen is {Phrase(finding, location, severity, random)}, not significantly changed.",
            8 => $"No significant change in the {before} {noun}.",
            9 => $"{Capital(before)} {noun} persists, slightly decreased, but not resolved.",
            10 => $"Interval worsening of {before} {noun}.",
            11 => $"Possible {before} {unsure}.",
            12 => $"{Capital(before)} {unsure} cannot be excluded.",
            13 => $"Appearance {at} is suspicious for {unsure}.",
            14 => $"As compared to the previous radiograph, the patient has developed {Phrase(finding, location, severity, random)}.",
            15 => $"{Device(random)}, with {Phrase(finding, location, severity, random)}.",
            16 => $"There is {Phrase(finding, location, severity, random)} measuring approximately 3.5 cm.",
            17 => $"{Capital(noun)}, {severity}, is again noted {at}.",
            _ => $"{Capital(severity)} {before} {noun}.",
        };
    }

    private static string Name(FindingPlan finding, PhantomRandom random) =>
        finding.Pathology == "pneumonia" ? Present("pneumonia") : ReportVocabulary.Noun(finding.Pathology, random, Present);

    // Whose sides are not those of the finding.
    private static string Device(PhantomRandom random) =>
        random.Pick(
            "Status post removal of the right chest tube",
            "A left chest tube is in place",
            "The right internal jugular catheter is unchanged",
            "A left pectoral pacemaker is noted"
        );
}
