using CxrOnnx.Phantom;
using CxrOnnx.Trainer.Settings;

namespace CxrOnnx.Trainer.Data;

/// <summary>Draws a caption for a record: standard prompts, joined with "and", or a section of the image's report.</summary>
public sealed class CaptionSampler
{
    private const string NormalCaption = "No acute cardiopulmonary process";

    private static readonly string[] Sentences = ["there is {0}", "new {0}", "{0} is seen", "findings of {0}"];

    private readonly CaptionSettings _settings;
    private readonly ReportTexts? _reports;

    /// <summary>Prepares drawing.</summary>
    /// <param name="settings">How often which form is drawn.</param>
    /// <param name="reports">The images' reports; needed where the settings want some.</param>
    /// <exception cref="ArgumentException">The settings want reports and there are none.</exception>
    public CaptionSampler(CaptionSettings settings, ReportTexts? reports = null)
    {
        if (settings.Report > 0 && reports is null)
        {
            throw new ArgumentException($"captions: report is {settings.Report}, but no reports are known", nameof(reports));
        }

        _settings = settings;
        _reports = settings.Report > 0 ? reports : null;
    }

    /// <summary>
    /// Every text that captions can contain around the standard prompts; a vocabulary that covers these covers all captions.
    /// </summary>
    public static IReadOnlyList<string> Phrases =>
        [NormalCaption, "and", .. Sentences.Select(sentence => sentence.Replace("{0}", string.Empty, StringComparison.Ordinal).Trim())];

    /// <summary>The caption that names every finding, without any chance: what validation uses.</summary>
    public static string Full(TrainingRecord record) => string.Join(" and ", record.Findings.Select(finding => finding.Prompt));

    /// <summary>What validation uses, without any chance: the report's findings, or the caption that names every finding.</summary>
    /// <param name="record">The image's findings.</param>
    public string Whole(TrainingRecord record) => _reports is null ? Full(record) : _reports.At(record.Index).Findings;

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
        (double report, double section) = _reports is null ? (1, 1) : (random.NextDouble(), random.NextDouble());
        if (dropout < _settings.Dropout)
        {
            return string.Empty;
        }

        if (_reports is not null && report < _settings.Report)
        {
            ReportSections written = _reports.At(record.Index);
            return section < _settings.Impression ? written.Impression ?? written.Findings : written.Findings;
        }

        if (record.Findings.Count == 0)
        {
            return form < _settings.NormalSentence ? NormalCaption : string.Empty;
        }

        IEnumerable<TrainingFinding> named =
            single < _settings.SingleFinding
                ? [record.Findings[chosen]]
                : record.Findings.Skip(order % record.Findings.Count).Concat(record.Findings.Take(order % record.Findings.Count));
        string caption = string.Join(" and ", named.Select(finding => finding.Prompt));
        return form < _settings.Sentence
            ? string.Format(System.Globalization.CultureInfo.InvariantCulture, Sentences[sentence], caption)
            : caption;
    }
}
