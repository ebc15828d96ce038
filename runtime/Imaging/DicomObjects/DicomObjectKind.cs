namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>The kinds of DICOM objects that a result can be written as.</summary>
public enum DicomObjectKind
{
    /// <summary><c>sc</c>: Secondary Capture, a picture per phrase with the map drawn in, which every viewer shows.</summary>
    SecondaryCapture,

    /// <summary><c>gsps</c>: Grayscale Softcopy Presentation State, the boxes as graphics over the original image.</summary>
    PresentationState,

    /// <summary><c>seg</c>: Segmentation, the pixels above the threshold, a segment per phrase.</summary>
    Segmentation,

    /// <summary><c>pm</c>: Parametric Map, the heatmap itself in float32, an object per phrase.</summary>
    ParametricMap,

    /// <summary><c>sr</c>: Comprehensive Structured Report, the findings in words with their boxes.</summary>
    StructuredReport,
}
