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

        string view = dataset.Code(DicomTag.ViewPosition);
        if (view is "LL" or "RL" or "LATERAL" or "LAT" || IsLateral(dataset))
        {
            yield return "the view is lateral; the model was made for frontal radiographs";
        }
        else if (view is "LLD" or "RLD" or "LLO" or "RLO" or "LAO" or "RAO" or "LPO" or "RPO")
        {
            yield return "the view is oblique or decubitus; the model was made for upright frontal radiographs";
        }

        if (dataset.Code(DicomTag.BurnedInAnnotation) == "YES")
        {
            yield return "BurnedInAnnotation says that text is burned into the picture; it may name the patient, and the model sees it "
                + "as anatomy";
        }

        if (dataset.Texts(DicomTag.PixelAspectRatio) is [var vertical, var horizontal] && vertical != horizontal)
        {
            yield return "the pixels are not square; the picture was taken as it is stored";
        }
    }

    /// <summary>Whether the coded view has the word in its meaning; vendors that code the view leave ViewPosition empty.</summary>
    private static bool IsLateral(DicomDataset dataset) =>
        dataset.Items(DicomTag.ViewCodeSequence).Any(item => item.Code(DicomTag.CodeMeaning).Split(' ', '-', ',').Contains("LATERAL"));
}
