using CxrOnnx.Core.Tokenization;
using CxrOnnx.Phantom;
using CxrOnnx.Trainer.Settings;

namespace CxrOnnx.Trainer.Data;

/// <summary>The tokens that training captions use.</summary>
public static class TrainingVocabulary
{
    /// <summary>Special tokens, the codebook, and the words around standard prompts.</summary>
    public static CompactVocabulary Of(ClipTokenizer tokenizer) =>
        new([
            .. tokenizer.Encode(string.Empty).Ids,
            .. Codebook.Build(tokenizer).TokenIds.Select(id => (long)id),
            .. CaptionSampler.Phrases.Append("lung").SelectMany(phrase => tokenizer.Encode(phrase).Ids),
        ]);

    /// <summary>The same, with every token of the reports that training reads where the settings want reports.</summary>
    /// <param name="tokenizer">CLIP tokenizer.</param>
    /// <param name="settings">Settings of the run: captions and the text encoder's objective decide.</param>
    public static CompactVocabulary Of(ClipTokenizer tokenizer, RunSettings settings)
    {
        CompactVocabulary prompts = Of(tokenizer);
        DataSettings data = settings.Data;
        (long First, int Count)[] ranges =
        [
            .. settings.Captions.Report > 0
                ? [(0, data.TrainingImages), (data.ValidationStart, data.ValidationImages)]
                : Array.Empty<(long, int)>(),
            .. settings.Text.Objective == TextObjective.Language
                ? [(settings.Text.ReportsStart, settings.Text.Reports)]
                : Array.Empty<(long, int)>(),
        ];
        if (ranges.Length == 0)
        {
            return prompts;
        }

        ReportTexts reports = ReportTexts.Of(settings.Data);
        HashSet<long> ids = [.. prompts.Ids];
        foreach (long index in ranges.SelectMany(range => Enumerable.Range(0, range.Count).Select(offset => range.First + offset)))
        {
            ReportSections sections = reports.At(index);
            ids.UnionWith(tokenizer.EncodeUnframed($"{sections.Findings} {sections.Impression}").Select(id => (long)id));
        }

        return new CompactVocabulary(ids);
    }

    /// <summary>A tokenizer as training wants it.</summary>
    public static PromptTokenization Tokenization(ClipTokenizer tokenizer) =>
        text =>
        {
            TokenizedText encoded = tokenizer.Encode(text);
            return new TokenizedPrompt(encoded.Ids, encoded.Positions);
        };
}
