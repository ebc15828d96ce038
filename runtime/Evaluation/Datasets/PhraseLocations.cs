using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The locations that annotated phrases name.</summary>
public static class PhraseLocations
{
    /// <summary>The locations that a phrase names, given the pathology it is about; empty if it names none.</summary>
    public static IReadOnlyList<Location> Named(string phrase, Pathology pathology)
    {
        if (ReportParser.FindingFor(phrase, pathology) is { Locations.Count: > 0 } finding)
        {
            return finding.Locations;
        }

        // The class is known even where the phrase calls it something else ("left basilar markings").
        return ReportParser
                .Findings($"{phrase} {pathology.PromptText}", anySection: true)
                .FirstOrDefault(item => item.Pathology == pathology)
                ?.Locations
            ?? [];
    }

    /// <summary>
    /// The standard prompt of a case: its class, and the locations that its text names; null for a class that is none of the eight
    /// pathologies.
    /// </summary>
    public static StandardPrompt? StandardPromptOf(EvaluationCase item) =>
        Pathology.TryFind(item.CategoryName, out Pathology? pathology)
            ? new StandardPrompt(pathology, Named(item.LabelText, pathology))
            : null;
}
