namespace CxrOnnx.Evaluation.Methods;

/// <summary>What a bundle is asked with.</summary>
public enum PromptForm
{
    /// <summary>The standard prompt for a closed vocabulary, which knows no other words; the text as written for an open one.</summary>
    Auto,

    /// <summary>The standard prompt: locations and pathology in the paper's words.</summary>
    Standard,

    /// <summary>The text as the annotation file has it.</summary>
    Text,

    /// <summary>
    /// The sentences of the image's report that speak of the class: free text, as in the paper's comparison of prompt formats.
    /// </summary>
    Report,
}
