namespace CxrOnnx.Core.Prompts;

/// <summary>What a report says of a pathology that it names.</summary>
public enum StatementSense
{
    /// <summary>It is there, perhaps with doubt.</summary>
    Present,

    /// <summary>It is not there: "no", "not seen", "unlikely".</summary>
    Absent,

    /// <summary>It was there: "has resolved".</summary>
    Gone,

    /// <summary>It belongs to the patient's history: "history of", "prior".</summary>
    Past,

    /// <summary>It is asked or looked for: "rule out", "if there is concern for".</summary>
    Asked,

    /// <summary>An addendum of the same report takes it back.</summary>
    Corrected,
}
