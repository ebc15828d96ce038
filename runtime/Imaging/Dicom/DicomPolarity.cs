namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// Whether large stored values are bright, by all that a file says about it. PhotometricInterpretation decides, except for raw detector
/// images (FOR PROCESSING), which nobody meant to be looked at: there the relation to the X-ray intensity decides, because the model
/// wants bone bright. Contradictions become warnings.
/// </summary>
/// <param name="Inverts">Whether the gray values are turned round at the end.</param>
/// <param name="Warnings">What a reader of the result should know.</param>
internal sealed record DicomPolarity(bool Inverts, IReadOnlyList<string> Warnings)
{
    /// <summary>Digital X-Ray Image Storage - For Processing.</summary>
    private const string RawImageStorage = "1.2.840.10008.5.1.4.1.1.1.1.1";

    /// <summary>Judges a gray picture.</summary>
    public static DicomPolarity Of(DicomDataset dataset, string photometric)
    {
        List<string> warnings = [];
        bool inverts = photometric == "MONOCHROME1";
        string shape = dataset.Code(DicomTag.PresentationLutShape);
        if ((shape == "INVERSE" && !inverts) || (shape == "IDENTITY" && inverts))
        {
            warnings.Add(
                $"PresentationLUTShape {shape} contradicts PhotometricInterpretation {photometric}, which was followed; "
                    + "the picture may be its own negative: check that bone is bright"
            );
        }

        bool raw =
            dataset.Code(DicomTag.PresentationIntentType) == "FOR PROCESSING" || dataset.Code(DicomTag.SopClassUid) == RawImageStorage;
        if (raw)
        {
            warnings.Add(
                "the image is FOR PROCESSING: raw detector values without the processing that the model was trained on; "
                    + "use the FOR PRESENTATION image"
            );
        }

        bool? boneIsBright = BoneIsBright(dataset, inverts);
        if (boneIsBright == false && raw)
        {
            inverts = !inverts;
            warnings.Add("PixelIntensityRelationshipSign says that bone is dark in this raw image; its gray values were turned round");
        }
        else if (boneIsBright == false)
        {
            warnings.Add(
                $"PixelIntensityRelationshipSign says that bone is dark as PhotometricInterpretation {photometric} shows it, "
                    + "which was followed; the picture may be its own negative"
            );
        }
        else if (boneIsBright is null && raw)
        {
            warnings.Add("the raw image does not say whether bone is bright in it; check that it is");
        }

        return new DicomPolarity(inverts, warnings);
    }

    /// <summary>
    /// Whether bone, where little intensity arrives, is bright as displayed; null where the file does not say (PS3.3 C.8.11.3.1.2: sign -1
    /// means that larger stored values are less intensity). A falling rescale turns the values round once more.
    /// </summary>
    private static bool? BoneIsBright(DicomDataset dataset, bool inverts)
    {
        if (dataset.Items(DicomTag.ModalityLutSequence).Count > 0)
        {
            return null;
        }

        bool falls = dataset.Number(DicomTag.RescaleSlope) < 0;
        return dataset.Int16(DicomTag.PixelIntensityRelationshipSign) switch
        {
            -1 => inverts == falls,
            1 => inverts != falls,
            _ => null,
        };
    }
}
