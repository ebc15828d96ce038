namespace CxrOnnx.Evaluation.Datasets;

/// <summary>What an exhaustive annotation of an image says of a phrase.</summary>
public enum PhraseTruth
{
    /// <summary>One of the image's findings is what the phrase says.</summary>
    Supported,

    /// <summary>Neither: true in part, of a pathology that may be the same, or too near to tell.</summary>
    Unclear,

    /// <summary>Wrong: the pathology is there, on the other side only.</summary>
    OtherSide,

    /// <summary>Wrong: the pathology is there, at another place.</summary>
    OtherPlace,

    /// <summary>Wrong: another finding is at the place.</summary>
    OtherPathology,

    /// <summary>Wrong: neither the pathology is there nor anything at the place.</summary>
    Absent,
}
