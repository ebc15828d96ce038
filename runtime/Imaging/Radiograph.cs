using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Imaging;

/// <summary>A radiograph as it is displayed (upright, bone bright), and how the file's samples became it.</summary>
/// <param name="Image">The picture, values in [0,1].</param>
/// <param name="Provenance">Which branch was taken at every decision.</param>
public sealed record Radiograph(GrayImage Image, RadiographProvenance Provenance);

/// <summary>How a file became a <see cref="Radiograph"/>. Carries no text of the file, hence no patient data.</summary>
public sealed record RadiographProvenance
{
    /// <summary>The format that the content has.</summary>
    public required RadiographFormat Format { get; init; }

    /// <summary>Columns as stored, before the orientation was applied.</summary>
    public required int StoredWidth { get; init; }

    /// <summary>Rows as stored, before the orientation was applied.</summary>
    public required int StoredHeight { get; init; }

    /// <summary>Bits per sample that are used (DICOM: bits stored).</summary>
    public required int Bits { get; init; }

    /// <summary>What the samples are: <c>gray</c>, <c>gray+alpha</c>, <c>rgb</c>, <c>rgb+alpha</c> or DICOM's photometric interpretation.</summary>
    public required string Samples { get; init; }

    /// <summary>What made the picture upright. Boxes and heatmaps are in the pixels of the upright picture.</summary>
    public required ImageOrientation Orientation { get; init; }

    /// <summary>The grayscale pipeline of a DICOM file; null for the other formats.</summary>
    public DicomRendering? Dicom { get; init; }

    /// <summary>Things a reader of the result should know, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>The branches of the DICOM grayscale pipeline that were taken (PS3.3 C.11 and C.7.6.3.1.2).</summary>
/// <param name="TransferSyntax">Transfer syntax of the file.</param>
/// <param name="DecompressedBy"><c>gdcmconv</c>, or null when the file was uncompressed.</param>
/// <param name="Modality"><c>identity</c>, <c>rescale slope S intercept I</c> or <c>modality LUT</c>.</param>
/// <param name="Voi"><c>VOI LUT</c>, <c>window C/W FUNCTION</c> or <c>percentiles LOW..HIGH</c>.</param>
/// <param name="Inverted">Whether MONOCHROME1 was turned round at the end.</param>
public sealed record DicomRendering(string TransferSyntax, string? DecompressedBy, string Modality, string Voi, bool Inverted);
