using CxrOnnx.Trainer.Settings;

namespace CxrOnnx.Trainer.Data;

/// <summary>Draws a caption for a record: mostly standard prompts, joined with "and".</summary>
public sealed class CaptionSampler(CaptionSettings settings)
{
    private const string NormalCaption = "No acute cardiopulmonary process";

    private static readonly string[] Sentences = ["there is {0}", "new {0}", "{0} is seen", "findings of {0}"];

    /// <summary>
    /// Every text that captions can contain around the standard prompts; a vocabulary that covers these covers all captions.
    /// </summary>
    public static IReadOnlyList<string> Phrases =>
        [NormalCaption, "and", .. Sentences.Select(sentence => sentence.Replace("{0}", string.Empty, StringComparison.Ordinal).Trim())];

    /// <summary>The caption that names every finding, without any chance: what validation uses.</summary>
    public static string Full(TrainingRecord record) => string.Join(" and ", record.Findings.Select(finding => finding.Prompt));

    /// <summary>Draws a caption.</summary>
    /// <param name="record">The image's findings.</param>
    /// <param name="random">Source of chance.</param>
    public string Draw(TrainingRecord record, Random random)
    {
        // All numbers are drawn first, so that one draw always uses up the same count.
        double dropout = random.NextDouble(),
            single = random.NextDouble(),
            form = random.NextDouble();
        int sentence = random.Next(Sentences.Length),
            chosen = random.Next(Math.Max(1, record.Findings.Count)),
            order = random.Next();
        if (dropout < settings.Dropout)
        {
            return string.Empty;
        }

        if (record.Findings.Count == 0)
        {
            return form < settings.NormalSentence ? NormalCaption : string.Empty;
        }

        IEnumerable<TrainingFinding> named =
            single < settings.SingleFinding
                ? [record.Findings[chosen]]
                : record.Findings.Skip(order % record.Findings.Count).Concat(record.Findings.Take(order % record.Findings.Count));
        string caption = string.Join(" and ", named.Select(finding => finding.Prompt));
        return form < settings.Sentence
            ? string.Format(System.Globalization.CultureInfo.InvariantCulture, Sentences[sentence], caption)
            : caption;
    }
}
