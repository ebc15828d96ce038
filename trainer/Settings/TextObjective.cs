namespace CxrOnnx.Trainer.Settings;

/// <summary>What the text encoder alone is trained to do.</summary>
public enum TextObjective
{
    /// <summary>To tell, at each token of a standard prompt, which words of its finding have been named.</summary>
    Words,

    /// <summary>
    /// To foretell the next token of report text, and to know at the end of a text which other text is of the same report; no pictures.
    /// </summary>
    Language,
}
