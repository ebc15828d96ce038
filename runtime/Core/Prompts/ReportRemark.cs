namespace CxrOnnx.Core.Prompts;

/// <summary>Something that whoever uses a <see cref="ReportReading"/> should know.</summary>
/// <param name="Kind">What happened, the same words each time, so that remarks on many reports can be counted. No full stop.</param>
/// <param name="Subject">
/// What it happened to in this report: a sentence or words in quotation marks, a heading, a language. Null where nothing is named.
/// </param>
public sealed record ReportRemark(string Kind, string? Subject = null)
{
    /// <summary>Both, for people: "kind: subject".</summary>
    public override string ToString() => Subject is null ? Kind : $"{Kind}: {Subject}";
}
