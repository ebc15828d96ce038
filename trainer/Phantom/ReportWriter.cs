using System.Text;
using static CxrOnnx.Phantom.ReportMarkup;

namespace CxrOnnx.Phantom;

/// <summary>
/// Writes a report about the drawn findings in varied language, with sentences that a reader must not take for findings: denials before and
/// after the name and over lists, resolved findings, devices with a side of their own, the question asked.
/// </summary>
internal static class ReportWriter
{
    /// <summary>The report, with labels as <see cref="ReportMarkup"/> writes them.</summary>
    public static string Write(IReadOnlyList<FindingPlan> findings, PhantomRandom random)
    {
        HashSet<string> present = [.. findings.Select(finding => finding.Pathology)];

        // Whoever sees an opacity, a consolidation or a pneumonia does not deny one of the other two.
        bool airspace = present.Overlaps(["pneumonia", "consolidation", "lung opacity"]);
        List<string> absent =
        [
            .. PhantomSettings.Pathologies.Where(name =>
                !present.Contains(name) && !(airspace && name is "pneumonia" or "consolidation" or "lung opacity")
            ),
        ];
        Shuffle(absent, random);
        List<string> sentences = Findings(findings, absent, random);
        sentences.AddRange(Denials(absent, random));
        if (absent.Count > 0 && random.Chance(0.2f))
        {
            sentences.Add(Resolved(absent[^1], random));
        }

        if (random.Chance(0.5f))
        {
            sentences.Insert(random.Int(sentences.Count + 1), Background(present, random));
        }

        StringBuilder report = new();
        if (random.Chance(0.35f))
        {
            report
                .Append("INDICATION: ")
                .Append(
                    random.Pick(
                        "Cough and fever, question pneumonia.",
                        "Shortness of breath.",
                        "Chest pain, evaluate for left pneumothorax.",
                        "Line placement.",
                        "Follow-up of right effusion."
                    )
                )
                .Append('\n');
        }

        if (random.Chance(0.2f))
        {
            report
                .Append("COMPARISON: ")
                .Append(random.Pick("None.", "Radiograph of the previous day, which showed a left pleural effusion."))
                .Append('\n');
        }

        report.Append("FINDINGS: ").AppendJoin(' ', sentences).Append('\n');
        if (Impression(findings, random) is { } impression)
        {
            report.Append("IMPRESSION: ").Append(impression).Append('\n');
        }

        return report.ToString();
    }

    private static List<string> Findings(IReadOnlyList<FindingPlan> findings, List<string> absent, PhantomRandom random)
    {
        if (findings.Count == 0)
        {
            return
            [
                random.Pick(
                    "The lungs are clear.",
                    "The lungs are well expanded and clear.",
                    "No focal abnormality is seen.",
                    "Lungs: clear."
                ),
            ];
        }

        if (findings.Count == 2 && random.Chance(0.25f))
        {
            string first = FindingSentences.Phrase(findings[0], random),
                second = FindingSentences.Phrase(findings[1], random);
            return [random.Pick($"There is {first} and {second}.", $"{Capital(first)} with {second}.", $"{Capital(first)}, {second}.")];
        }

        List<string> sentences = [.. findings.SelectMany(finding => FindingSentences.Of(finding, random))];
        string? other = absent.Find(name => name is not ("cardiomegaly" or "edema"));
        if (other is not null && random.Chance(0.15f))
        {
            // What is there and what is not in one sentence; in the last form only the comma ends the denial.
            string phrase = FindingSentences.Phrase(findings[0], random);
            absent.Remove(other);
            sentences.Add(
                random.Int(7) switch
                {
                    0 or 1 => $"{Capital(phrase)} without {Absent(other)}.",
                    2 or 3 => $"No {Absent(other)}, but there is {phrase}.",
                    4 or 5 => $"{Capital(phrase)}; no {Absent(other)}.",
                    _ => $"No {Absent(other)}, {phrase}.",
                }
            );
        }

        return sentences;
    }

    private static IEnumerable<string> Denials(List<string> absent, PhantomRandom random)
    {
        string[] order = [.. absent.Where(name => name != "cardiomegaly")];
        int count = Math.Min(order.Length, random.Int(4));
        if (count >= 2 && random.Chance(0.6f))
        {
            string third = count > 2 ? ", " + Absent(order[2]) : "";
            (string first, string second) = (Absent(order[0]), Absent(order[1]));
            yield return random.Int(6) switch
            {
                0 => $"There is no {first} or {second}.",
                1 => $"No evidence of {first}{third}, or {second}.",
                2 => $"No focal {first}{third} or {second} is seen.",
                3 => $"Neither {first} nor {second} is present.",
                4 => $"{Capital(first)}{third} and {second} are absent.",
                _ => $"The lungs are clear without {first}{third}, or {second}.",
            };
        }
        else
        {
            foreach (string name in order.Take(count).Select(Absent))
            {
                yield return random.Int(8) switch
                {
                    0 => $"No {name}.",
                    1 => $"No {Anatomy(random.Pick("left", "right"))} {name} is identified.",
                    2 => $"The lungs are without {name}.",
                    3 => $"There is no evidence of {name}.",
                    4 => $"{Capital(name)} is not seen.",
                    5 => $"{Capital(name)}: none.",
                    6 => $"Negative for {name}.",
                    _ => $"The costophrenic angles are sharp and there is no {name}.",
                };
            }
        }

        if (absent.Contains("cardiomegaly") && random.Chance(0.4f))
        {
            yield return random.Pick(
                "The heart is normal in size.",
                "Heart size is within normal limits.",
                $"No {Absent("cardiomegaly")}.",
                $"The {Anatomy("heart")} is not {Absent("enlarged")}.",
                $"The {Anatomy("cardiac silhouette")} is unchanged and not {Absent("enlarged")}."
            );
        }
    }

    private static string Resolved(string pathology, PhantomRandom random)
    {
        if (pathology is "cardiomegaly" or "edema")
        {
            return $"Previously seen {Anatomy("pulmonary")} {Absent("edema")} has resolved.";
        }

        string location = ReportVocabulary.Before(random.Pick("left", "right") + random.Pick(string.Empty, " lower", " upper"), random);
        return random.Int(6) switch
        {
            0 => $"Previously seen {location} {Absent(pathology)} has resolved.",
            1 => $"Interval resolution of the {location} {Absent(pathology)}.",
            2 => $"The {location} {Absent(pathology)} described previously is no longer seen.",
            3 => $"The previous {location} {Absent(pathology)} has completely cleared.",
            4 => $"Interval clearing of the {location} {Absent(pathology)}.",
            _ => $"{Capital(location)} {Absent(pathology)} seen on the prior study is not present on today's examination.",
        };
    }

    private static string Background(HashSet<string> present, PhantomRandom random) =>
        random.Int(present.Contains("cardiomegaly") ? 8 : 9) switch
        {
            0 => "The mediastinal contours are unremarkable.",
            1 => "Degenerative changes are noted in the thoracic spine.",
            2 => "The bony thorax is intact.",
            3 => "The hilar contours are normal.",
            4 => "A right-sided PICC line ends in the mid superior vena cava.",
            5 => "Old left rib fractures are seen.",
            6 => "The endotracheal tube ends 4.5 cm above the carina.",
            7 => "Mild elevation of the right hemidiaphragm is unchanged.",
            _ => "The cardiomediastinal silhouette is within normal limits.",
        };

    private static string? Impression(IReadOnlyList<FindingPlan> findings, PhantomRandom random)
    {
        if (random.Chance(0.2f))
        {
            return null;
        }

        if (findings.Count == 0)
        {
            return random.Pick("No acute cardiopulmonary process.", "No acute cardiopulmonary abnormality.", "Normal chest radiograph.");
        }

        if (random.Chance(0.3f))
        {
            return random.Pick("As above.", "Findings as described.", "Interval change as described above.");
        }

        IEnumerable<string> lines = findings.Select(finding => Capital(FindingSentences.Phrase(finding, random)) + ".");
        return findings.Count > 1 && random.Chance(0.5f)
            ? "\n" + string.Join('\n', lines.Index().Select(line => $"{line.Index + 1}. {line.Item}"))
            : string.Join(' ', lines);
    }

    private static void Shuffle(List<string> items, PhantomRandom random)
    {
        for (int i = items.Count - 1; i > 0; i--)
        {
            int j = random.Int(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
