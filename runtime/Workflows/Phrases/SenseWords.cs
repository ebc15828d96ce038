using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Workflows.Phrases;

/// <summary>Why a named pathology makes no finding, in a word or two: the same in notes, tables and pages.</summary>
public static class SenseWords
{
    /// <summary>For example <c>denied</c>.</summary>
    public static string Of(StatementSense sense) =>
        sense switch
        {
            StatementSense.Absent => "denied",
            StatementSense.Gone => "resolved",
            StatementSense.Past => "history",
            StatementSense.Asked => "asked for",
            StatementSense.Corrected => "corrected by an addendum",
            _ => "present",
        };
}
