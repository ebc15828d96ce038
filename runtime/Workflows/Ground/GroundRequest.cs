using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Workflows.Ground;

/// <summary>What <c>cxr ground</c> is asked to do.</summary>
public sealed record GroundRequest
{
    /// <summary>Path of the radiograph.</summary>
    public required string Image { get; init; }

    /// <summary>Which frame or page of a file with several, from 1; null where it has one.</summary>
    public int? Frame { get; init; }

    /// <summary>A report whose findings are grounded besides, or null.</summary>
    public ReportReading? Report { get; init; }

    /// <summary>
    /// Phrases as given; at least one unless <see cref="All"/> or <see cref="Report"/> is set. A normal report without phrases is answered
    /// with none.
    /// </summary>
    public required IReadOnlyList<string> Phrases { get; init; }

    /// <summary>Whether the words of <see cref="Phrases"/> are grounded exactly as they stand, whatever they say.</summary>
    public bool Verbatim { get; init; }

    /// <summary>Whether every standard prompt that the bundle knows is grounded besides, and the results are ordered by focus.</summary>
    public bool All { get; init; }

    /// <summary>How many results are kept where <see cref="All"/> is set.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Bundle folder or file.</summary>
    public required string Bundle { get; init; }

    /// <summary>Name of one of the bundle's presets, or <c>auto</c>; see <see cref="ComputeChoice"/>.</summary>
    public string Preset { get; init; } = "exact";

    /// <summary><c>fp32</c>, <c>tf32</c>, <c>fp16</c> or <c>auto</c>.</summary>
    public string Math { get; init; } = ComputeChoice.Auto;

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</summary>
    public string Provider { get; init; } = "auto";

    /// <summary>Plug-in provider library, or null.</summary>
    public string? ProviderLibrary { get; init; }

    /// <summary>Whether the bytes must not depend on what else is computed.</summary>
    public bool Deterministic { get; init; }

    /// <summary>Threads of an operator; 0 = as many as there are cores.</summary>
    public int Threads { get; init; }

    /// <summary>Whether each sub-token gets its own heatmap.</summary>
    public bool PerToken { get; init; }

    /// <summary>Whether a calibrated bundle also says how likely the image supports each phrase.</summary>
    public bool Confidence { get; init; } = true;

    /// <summary>How pictures show heatmaps.</summary>
    public OverlayMode Overlay { get; init; }

    /// <summary>A pixel above this belongs to a region, in [0,1].</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>How heatmaps are stored; null writes none.</summary>
    public HeatmapStorage? Heatmaps { get; init; } = HeatmapStorage.Default;

    /// <summary>Whether a picture is written for each phrase.</summary>
    public bool Overlays { get; init; } = true;

    /// <summary>Kinds of DICOM objects that are written besides; the image must then be a DICOM file. Implies <see cref="DicomUids"/>.</summary>
    public IReadOnlyList<DicomObjectKind> DicomObjects { get; init; } = [];

    /// <summary>
    /// Whether the result says which study, series and instance the image is. An archive can trace them to a patient: never by default.
    /// </summary>
    public bool DicomUids { get; init; }

    /// <summary>Whether the result is also written as one HTML page.</summary>
    public bool Html { get; init; }

    /// <summary>Whether it is also written as FHIR; the image must then be a DICOM file. Implies <see cref="DicomUids"/>.</summary>
    public bool Fhir { get; init; }

    /// <summary>Whether files of an earlier result may be replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Most pixels of the image.</summary>
    public long MaxPixels { get; init; } = new Imaging.Radiographs.RadiographReaderOptions().MaxPixels;
}
