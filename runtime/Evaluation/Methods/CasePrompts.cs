using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>The words a bundle is asked with for annotated phrases.</summary>
/// <param name="form">The form asked for.</param>
/// <param name="vocabulary">The bundle's vocabulary.</param>
/// <param name="reports">The reports, for <see cref="PromptForm.Report"/>; else null.</param>
public sealed class CasePrompts(PromptForm form, BundleVocabulary vocabulary, CaseReports? reports)
{
    private readonly PromptForm _form =
        form != PromptForm.Auto ? form
        : vocabulary.Kind == "closed" ? PromptForm.Standard
        : PromptForm.Text;
    private readonly HashSet<CaseKey> _withoutSentence = [];

    /// <summary>The form in words.</summary>
    public string Description =>
        _form switch
        {
            PromptForm.Standard => "standard prompts",
            PromptForm.Report => "sentences of the reports",
            _ => "phrases as annotated",
        };

    /// <summary>Number of cases whose report says nothing of their class, so that they were asked with the annotated phrase.</summary>
    public int WithoutSentence => _withoutSentence.Count;

    /// <summary>The words for a case.</summary>
    /// <exception cref="InputException">Its report is not there.</exception>
    public string Of(EvaluationCase item) =>
        _form switch
        {
            PromptForm.Standard => PhraseLocations.StandardPromptOf(item)?.Text ?? item.LabelText,
            PromptForm.Report => Sentences(item),
            _ => item.LabelText,
        };

    private string Sentences(EvaluationCase item)
    {
        string report = reports!.TextOf(item);
        if (
            Pathology.TryFind(item.CategoryName, out Pathology? pathology)
            && ReportParser.FindingFor(report, pathology) is { Sentences.Count: > 0 } finding
        )
        {
            return string.Join(' ', finding.Sentences);
        }

        _withoutSentence.Add(item.Key);
        return item.LabelText;
    }
}
