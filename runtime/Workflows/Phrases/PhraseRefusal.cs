namespace CxrOnnx.Workflows.Phrases;

/// <summary>Why a phrase is not grounded, although it denies nothing that is known.</summary>
/// <param name="Kind">
/// For programs: <c>report-in-phrase</c>, <c>several-findings</c>, <c>negation</c> or <c>unknown-word</c>.
/// </param>
/// <param name="Message">For people: what, where and what to do; names settings in backticks.</param>
public sealed record PhraseRefusal(string Kind, string Message)
{
    /// <summary>The phrase is the text of a report.</summary>
    public const string Report = "report-in-phrase";

    /// <summary>The phrase names several findings, which one map cannot show.</summary>
    public const string SeveralFindings = "several-findings";

    /// <summary>The phrase denies something that is not known.</summary>
    public const string Negation = "negation";

    /// <summary>The phrase has a word that is not known and may matter.</summary>
    public const string UnknownWord = "unknown-word";
}
