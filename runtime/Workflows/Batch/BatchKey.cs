namespace CxrOnnx.Workflows.Batch;

/// <summary>What a line answers: a phrase on an image, or, where the phrase is empty, a report.</summary>
internal sealed record BatchKey(string Image, int? Frame, string Phrase, string? Category, string? Report)
{
    /// <summary>What a line answers.</summary>
    public static BatchKey Of(BatchLine line) =>
        new(line.Image, line.Frame, line.Phrase, line.Category, line.Phrase.Length == 0 ? line.Report : null);

    /// <summary>What a phrase's line answers.</summary>
    public static BatchKey Of(BatchImage image, BatchPhrase phrase) => new(image.Image, image.Frame, phrase.Phrase, phrase.Category, null);

    /// <summary>What a report's own line answers.</summary>
    public static BatchKey Of(BatchImage image, BatchReport report) => new(image.Image, image.Frame, "", null, report.Name);

    /// <summary>Everything that is to be answered for an image, in the order in which it is written.</summary>
    public static IEnumerable<BatchKey> AllOf(BatchImage image) =>
        [
            .. image.Phrases.Select(phrase => Of(image, phrase)),
            .. image.Reports.Where(report => report.HasLine).Select(report => Of(image, report)),
        ];

    /// <inheritdoc/>
    public override string ToString() =>
        Image
        + (Frame is { } frame ? FormattableString.Invariant($" frame {frame}") : "")
        + (Report is null ? $" \"{Phrase}\"" : $" report {Report}")
        + (Category is null ? "" : $" ({Category})");
}
