using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evaluation;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Cli.Evaluation;

/// <summary>The words a bundle is asked with for annotated phrases.</summary>
public static class CasePrompts
{
    /// <summary>Whether a bundle is asked with standard prompts.</summary>
    public static bool AreStandard(PromptForm form, BundleVocabulary vocabulary) =>
        form == PromptForm.Standard || (form == PromptForm.Auto && vocabulary.Kind == "closed");

    /// <summary>The words for a case.</summary>
    /// <param name="item">The case.</param>
    /// <param name="standard">Whether to ask with the standard prompt.</param>
    public static string Of(EvaluationCase item, bool standard) => standard ? Standard(item)?.Text ?? item.LabelText : item.LabelText;

    /// <summary>The standard prompt of a case: its class, and the locations that its text names; null for a class that is none of the eight pathologies.</summary>
    public static StandardPrompt? Standard(EvaluationCase item) => Pathology.TryFind(item.CategoryName, out Pathology? pathology)
        ? new StandardPrompt(pathology, PriorBaseline.NamedLocations(item.LabelText, pathology))
        : null;
}
