using System.Text;

namespace CxrOnnx.Trainer.Phantom;

/// <summary>
/// Writes a report about the drawn findings in varied language: severities, synonyms, comparisons, left and right halves of a bilateral finding
/// told apart, and sentences that a reader must not take for findings (negations, resolved findings, the question asked).
/// </summary>
internal static class ReportWriter
{
    public static string Write(IReadOnlyList<FindingPlan> findings, PhantomRandom random)
    {
        var sentences = new List<string>();
        foreach (FindingPlan finding in findings)
        {
            sentences.AddRange(Describe(finding, random));
        }

        if (findings.Count == 0)
        {
            sentences.Add(random.Pick("The lungs are clear.", "The lungs are well expanded and clear.", "No focal abnormality is seen."));
        }

        HashSet<string> present = [.. findings.Select(finding => finding.Pathology)];
        // Whoever sees an opacity, a consolidation or a pneumonia does not deny one of the other two.
        bool airspace = present.Overlaps(["pneumonia", "consolidation", "lung opacity"]);
        string[] absent = [.. PhantomSettings.Pathologies.Where(name => !present.Contains(name) && !(airspace && name is "pneumonia" or "consolidation" or "lung opacity"))];
        sentences.AddRange(Denials(absent, random));
        if (absent.Length > 0 && random.Chance(0.2f))
        {
            sentences.Add(Resolved(random.Pick<string>(absent), random));
        }

        if (random.Chance(0.5f))
        {
            sentences.Insert(random.Int(sentences.Count + 1), Background(present, random));
        }

        var report = new StringBuilder();
        if (random.Chance(0.35f))
        {
            report.Append("INDICATION: ").Append(random.Pick(
                "Cough and fever, question pneumonia.", "Shortness of breath.", "Chest pain, evaluate for pneumothorax.", "Line placement.", "Follow-up.")).Append('\n');
        }

        report.Append("FINDINGS: ").AppendJoin(' ', sentences).Append('\n');
        report.Append("IMPRESSION: ").Append(Impression(findings, random)).Append('\n');
        return report.ToString();
    }

    private static List<string> Describe(FindingPlan finding, PhantomRandom random)
    {
        string severity = ReportVocabulary.Severity(finding.Pathology, finding.Severity, random);
        if (finding.Pathology == "cardiomegaly")
        {
            return
            [
                random.Pick(
                    $"There is {severity} cardiomegaly.", $"{ReportVocabulary.Sentence(severity)} cardiomegaly is present.", "The heart is enlarged, consistent with cardiomegaly.",
                    "Cardiomegaly is unchanged from the prior study.", "The cardiac silhouette is enlarged."),
            ];
        }

        if (finding.Locations.Count == 1 && finding.Locations[0] is string location && SidesOf(location) is (string left, string right) && random.Chance(0.4f))
        {
            // A bilateral finding told as two, in one sentence or in two.
            string noun = ReportVocabulary.Noun(finding.Pathology, random);
            return random.Chance(0.5f)
                ? [$"{ReportVocabulary.Sentence(noun)} is seen {ReportVocabulary.At(left, random)} and {ReportVocabulary.At(right, random)}."]
                : [One(finding, right, severity, random), $"There is also {noun} {ReportVocabulary.At(left, random)}."];
        }

        return [.. finding.Locations.Select(place => One(finding, place, severity, random))];
    }

    private static string One(FindingPlan finding, string location, string severity, PhantomRandom random)
    {
        string noun = ReportVocabulary.Noun(finding.Pathology, random);
        string before = ReportVocabulary.Before(location, random);
        string at = ReportVocabulary.At(location, random);
        bool countable = finding.Pathology is "pneumothorax" or "pleural effusion" or "lung opacity";
        if (finding.Pathology == "pleural effusion" && location.EndsWith("costophrenic", StringComparison.Ordinal) && random.Chance(0.6f))
        {
            return $"Blunting of the {before} angle is consistent with {ReportVocabulary.Article(severity)} pleural effusion.";
        }

        string plain = $"{severity} {before} {noun}";
        string phrase = countable && !location.StartsWith("bi", StringComparison.Ordinal) ? ReportVocabulary.Article(plain) : plain;
        return random.Int(7) switch
        {
            0 => $"There is {phrase}.",
            1 => $"{ReportVocabulary.Sentence(severity)} {noun} {at}.",
            2 => $"{ReportVocabulary.Sentence(noun)} is present {at}, new since the prior study.",
            3 => $"{ReportVocabulary.Sentence(before)} {noun} has increased compared to the previous examination.",
            4 => $"Findings are compatible with {phrase}.",
            5 => $"Again seen is {phrase}, not significantly changed.",
            _ => $"{ReportVocabulary.Sentence(plain)}.",
        };
    }

    private static IEnumerable<string> Denials(string[] absent, PhantomRandom random)
    {
        string[] order = [.. absent.Where(name => name != "cardiomegaly")];
        Shuffle(order, random);
        int count = Math.Min(order.Length, random.Int(4));
        if (count >= 2 && random.Chance(0.5f))
        {
            yield return random.Chance(0.5f) ? $"There is no {order[0]} or {order[1]}." : $"No evidence of {order[0]} or {order[1]}.";
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                yield return random.Int(4) switch
                {
                    0 => $"No {order[i]}.",
                    1 => $"No {random.Pick("left", "right")} {order[i]} is identified.",
                    2 => $"The lungs are without {order[i]}.",
                    _ => $"There is no evidence of {order[i]}.",
                };
            }
        }

        if (absent.Contains("cardiomegaly") && random.Chance(0.4f))
        {
            yield return random.Pick("The heart is normal in size.", "Heart size is within normal limits.", "No cardiomegaly.");
        }
    }

    private static string Resolved(string pathology, PhantomRandom random)
    {
        if (pathology is "cardiomegaly" or "edema")
        {
            return "Previously seen pulmonary edema has resolved.";
        }

        string location = ReportVocabulary.Before(random.Pick("left", "right") + random.Pick(string.Empty, " lower", " upper"), random);
        return random.Int(3) switch
        {
            0 => $"Previously seen {location} {pathology} has resolved.",
            1 => $"Interval resolution of the {location} {pathology}.",
            _ => $"The {location} {pathology} described previously is no longer seen.",
        };
    }

    private static string Background(HashSet<string> present, PhantomRandom random) => random.Int(present.Contains("cardiomegaly") ? 4 : 5) switch
    {
        0 => "The mediastinal contours are unremarkable.",
        1 => "Degenerative changes are noted in the thoracic spine.",
        2 => "The bony thorax is intact.",
        3 => "The hilar contours are normal.",
        _ => "The cardiomediastinal silhouette is within normal limits.",
    };

    private static string Impression(IReadOnlyList<FindingPlan> findings, PhantomRandom random)
    {
        if (findings.Count == 0)
        {
            return random.Pick("No acute cardiopulmonary process.", "No acute cardiopulmonary abnormality.", "Normal chest radiograph.");
        }

        return string.Join(' ', findings.Select(finding => ReportVocabulary.Sentence(finding.Prompt.Text) + "."));
    }

    private static (string Left, string Right)? SidesOf(string location) => location switch
    {
        "bibasilar" => ("left base", "right base"),
        _ when location.StartsWith("bilateral", StringComparison.Ordinal) => ("left" + location["bilateral".Length..], "right" + location["bilateral".Length..]),
        _ => null,
    };

    private static void Shuffle(string[] items, PhantomRandom random)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = random.Int(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
