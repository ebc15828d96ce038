using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// What the attributes say about a picture that the model may not be made for. Only words of ours get into the sentences.
/// </summary>
internal static class DicomRemarks
{
    private static readonly HashSet<string> RadiographModalities = ["CR", "DX", "DR", "RG", ""];

    private static readonly HashSet<string> OtherModalities =
    [
        "CT",
        "ES",
        "GM",
        "IO",
        "MG",
        "MR",
        "NM",
        "OP",
        "OT",
        "PT",
        "PX",
        "RF",
        "SC",
        "SM",
        "US",
        "XA",
        "XC",
    ];

    private static readonly HashSet<string> ChestParts = ["CHEST", "THORAX", "LUNG", "LUNGS", "CHESTABDOMEN", "RIB", "RIBS", "CLAVICLE"];

    private static readonly uint[] SquareAttributes = [DicomTag.PixelAspectRatio, DicomTag.PixelSpacing, DicomTag.ImagerPixelSpacing];

    /// <summary>The sentences, for a picture with <paramref name="frames"/> frames of which one was taken.</summary>
    public static IEnumerable<string> Of(DicomDataset dataset, int frames, int frame)
    {
        if (frames > 1)
        {
            yield return $"the file has {frames} frames; frame {frame} was read";
        }

        string modality = dataset.Code(DicomTag.Modality);
        if (!RadiographModalities.Contains(modality))
        {
            string shown = OtherModalities.Contains(modality) ? $" ({modality})" : "";
            yield return $"the modality{shown} is not one of projection radiography (CR, DX); the model was made for chest radiographs";
        }

        if (dataset.Code(DicomTag.BodyPartExamined) is { Length: > 0 } part && !ChestParts.Contains(part))
        {
            yield return "BodyPartExamined is not the chest; the model was made for chest radiographs";
        }

        if (DicomView.Remark(dataset) is { } view)
        {
            yield return view;
        }

        if (dataset.Code(DicomTag.BurnedInAnnotation) == "YES")
        {
            yield return "BurnedInAnnotation says that text is burned into the picture; it may name the patient, and the model sees it "
                + "as anatomy";
        }

        if (dataset.Items(DicomTag.PresentationLutSequence).Count > 0)
        {
            yield return "the file has a presentation lookup table (PresentationLUTSequence), which was not applied; the picture may be "
                + "another one than a viewer shows, or its negative";
        }

        if (SquareAttributes.Any(tag => IsUneven(dataset, tag)))
        {
            yield return "the pixels are not square; the picture was taken as it is stored";
        }
    }

    private static bool IsUneven(DicomDataset dataset, uint tag) =>
        dataset.Number(tag) is { } vertical
        && dataset.Number(tag, 1) is { } horizontal
        && vertical > 0
        && horizontal > 0
        && Math.Abs((vertical / horizontal) - 1) > ImageLimits.SquareTolerance;
}
