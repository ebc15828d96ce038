namespace CxrOnnx.Evaluation.Generalised;

/// <summary>What an image's annotations say of a phrase in the generalised task.</summary>
public enum PhraseKind
{
    /// <summary>The image shows it, and its boxes are annotated.</summary>
    Supported,

    /// <summary>Nothing supports it: the pathology is there, on the other side only.</summary>
    OtherSide,

    /// <summary>Nothing supports it: the pathology is there, at another place.</summary>
    OtherPlace,

    /// <summary>Nothing supports it: another finding is at the place.</summary>
    OtherPathology,

    /// <summary>Nothing supports it: neither the pathology is there nor anything at the place.</summary>
    Absent,

    /// <summary>The phrase itself names nothing to show: it denies a finding, or says what is normal.</summary>
    Denied,
}
