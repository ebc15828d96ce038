using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>A phrase on an image that has no, one or several regions.</summary>
/// <param name="Phrase">The phrase; its boxes are the regions, none unless it is <see cref="PhraseKind.Supported"/>.</param>
/// <param name="Kind">What the annotations say of it.</param>
public sealed record GeneralisedCase(EvaluationCase Phrase, PhraseKind Kind)
{
    /// <summary>Whether the image shows it.</summary>
    public bool IsSupported => Kind == PhraseKind.Supported;

    /// <summary>Whether it affirms something that nothing in the image supports.</summary>
    public bool IsUnsupported => Kind is not (PhraseKind.Supported or PhraseKind.Denied);
}
