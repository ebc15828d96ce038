using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Overlay;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>Secondary Capture Image (PS3.3 A.8.1): the overlay of one phrase as RGB, upright, with its legend below.</summary>
internal static class SecondaryCapture
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.7";

    /// <summary>Writes the objects, one per phrase that was grounded.</summary>
    public static IEnumerable<DicomObjectFile> Write(DicomFindings findings)
    {
        for (int i = 0; i < findings.Findings.Count; i++)
        {
            if (findings.Findings[i].Picture is { } picture)
            {
                yield return Write(findings, i, picture);
            }
        }
    }

    private static DicomObjectFile Write(DicomFindings findings, int index, OverlayContent picture)
    {
        DicomFinding finding = findings.Findings[index];
        (int width, int height, byte[] rgb) = OverlayRenderer.RenderPixels(Labelled(picture, finding));
        DerivedObject common = new(findings, DicomObjectKind.SecondaryCapture, SopClass, "OT");
        DataSetWriter set = common.Begin(index + 1);
        common.Dates(set, 0x0008_0023, 0x0008_0033);
        common.BodyPart(set);
        common.Derivation(set, new DicomCode("121322", "DCM", "Source image for image processing operation"));
        common.Lossy(set, always: false);
        set.Text(0x0008_0008, "CS", "DERIVED\\SECONDARY")
            .Text(0x0008_0064, "CS", "WSD")
            .Text(0x0020_0020, "CS", "L\\F")
            .Text(0x0020_4000, "LT", $"{finding.Phrase}: {finding.Certainty}. {finding.Note}")
            .UInt16(0x0028_0002, 3)
            .Text(0x0028_0004, "CS", "RGB")
            .UInt16(0x0028_0006, 0)
            .UInt16(0x0028_0010, height)
            .UInt16(0x0028_0011, width)
            .UInt16(0x0028_0100, 8)
            .UInt16(0x0028_0101, 8)
            .UInt16(0x0028_0102, 7)
            .UInt16(0x0028_0103, 0)
            .Raw(0x7FE0_0010, "OB", rgb);

        // Whether the radiograph itself shows who the patient is, only its own file can say.
        if (findings.Source.Dataset.Has(DicomTag.BurnedInAnnotation))
        {
            set.Raw(DicomTag.BurnedInAnnotation, "CS", findings.Source.Dataset.Bytes(DicomTag.BurnedInAnnotation).Span);
        }

        return common.Finish(set, index);
    }

    private static OverlayContent Labelled(OverlayContent picture, DicomFinding finding) =>
        picture with
        {
            Verdict = $"{finding.Certainty} - NOT FOR DIAGNOSTIC USE",
        };
}
