namespace CxrOnnx.Core.Prompts;

/// <summary>A sentence that is read.</summary>
/// <param name="Text">As written.</param>
/// <param name="IsAddendum">Whether it stands in an addendum, or says of itself that it corrects the report.</param>
/// <param name="IsCorrection">Whether it puts something right, and does not only add to it.</param>
internal readonly record struct ReportSentence(string Text, bool IsAddendum, bool IsCorrection)
{
    /// <summary>The statements; of "left should read right" only what is right.</summary>
    public IEnumerable<ReportStatement> Statements()
    {
        string text = Text;
        return SentenceReader.Read(IsAddendum ? Addenda.RightPart(text) : text).Select(statement => statement with { Sentence = text });
    }
}
