using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging.Dicom;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// Segmentation (PS3.3 A.51), BINARY: a segment per phrase that has a region, its pixels being those above the threshold in a box that
/// counts, on the stored grid.
/// </summary>
internal static class Segmentation
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.66.4";

    /// <summary>Colours of the segments as CIELab in the coding of PS3.3 C.10.7.1.1, one after the other.</summary>
    private static readonly (int L, int A, int B)[] Colours =
    [
        (0xD500, 0x6000, 0x6000),
        (0xA000, 0xC000, 0xA000),
        (0xC800, 0x8000, 0xC800),
        (0x9000, 0xA000, 0x5000),
        (0xB000, 0x5000, 0xB000),
    ];

    /// <summary>Writes the object; null where no phrase has a region.</summary>
    public static DicomObjectFile? Write(DicomFindings findings)
    {
        DicomFinding[] shown = [.. findings.Findings.Where(finding => finding.Boxes.Count > 0)];
        if (shown.Length == 0)
        {
            return null;
        }

        DerivedObject common = new(findings, DicomObjectKind.Segmentation, SopClass, "SEG");
        DataSetWriter set = common.Begin(1);
        ImageSize size = findings.Grid.Size;
        common.Dates(set, 0x0008_0023, 0x0008_0033);
        common.BodyPart(set, side: false);
        MultiFrame.Pixels(set, size, bits: 1);
        MultiFrame.Content(set, "CXRONNX", DicomFindings.Disclaimer);
        MultiFrame.Dimension(set, findings, 0x0062_000B, 0x0062_000A, "Phrase");
        common.Lossy(set, always: true);
        set.Text(0x0008_0008, "CS", "DERIVED\\PRIMARY")
            .Raw(DicomTag.PatientOrientation, "CS", findings.Source.Dataset.Bytes(DicomTag.PatientOrientation).Span)
            .UInt16(0x0028_0101, 1)
            .UInt16(0x0028_0102, 0)
            .UInt16(0x0028_0103, 0)
            .Text(0x0028_0008, "IS", DerivedObject.Number(shown.Length))
            .Text(0x0062_0001, "CS", "BINARY")
            .Text(0x0062_0013, "CS", "NO")
            .Sequence(0x0062_0002, shown.Select((finding, i) => Segment(set, findings, finding, i)))
            .Sequence(0x0008_1115, common.SeriesReference(set, 0x0008_114A))
            .Sequence(0x5200_9229, MultiFrame.Shared(set, findings))
            .Sequence(0x5200_9230, shown.Select((_, i) => Frame(set, common, i + 1)))
            .Raw(0x7FE0_0010, "OB", Pack(shown.Select(finding => Mask(findings, finding)), size.PixelCount));
        return common.Finish(set);
    }

    /// <summary>A machine that reads codes must not take for a pathology what is only the place of its name.</summary>
    private static DataSetWriter Segment(DataSetWriter set, DicomFindings findings, DicomFinding finding, int index)
    {
        (int l, int a, int b) = Colours[index % Colours.Length];
        string report = finding.Sentence is { } sentence ? $" Report: {sentence}" : "";
        return set.Item()
            .UInt16(0x0062_0004, index + 1)
            .Text(0x0062_0005, "LO", finding.Phrase)
            .Text(0x0062_0006, "ST", $"{finding.Certainty}. {DerivedObject.HowItWasMade(findings)}{report}")
            .Text(0x0062_0008, "CS", "AUTOMATIC")
            .Text(0x0062_0009, "LO", $"CxrOnnx phrase grounding, {findings.Model} {findings.BundleId}")
            .Sequence(0x0062_0007, DerivedObject.Algorithm(set, findings))
            .Code(0x0062_0003, finding.IsSupported ? DicomCode.AlteredStructure : DicomCode.SpatialConcept)
            .Code(0x0062_000F, finding.IsSupported ? DicomCode.OfPathology(finding.Pathology) : DicomCode.PlaceOfPhrase)
            .UInt16(0x0062_000D, l, a, b);
    }

    private static DataSetWriter Frame(DataSetWriter set, DerivedObject common, int number) =>
        set.Item()
            .Sequence(0x0020_9111, MultiFrame.FrameContent(set, number))
            .Sequence(0x0062_000A, set.Item().UInt16(0x0062_000B, number))
            .Sequence(0x0008_9124, MultiFrame.Derivation(set, common, new DicomCode("113076", "DCM", "Segmentation")));

    /// <summary>
    /// Pixels above the threshold inside a box that counts; pixels of specks lie in none, unless the box of a larger region goes round them.
    /// </summary>
    private static bool[] Mask(DicomFindings findings, DicomFinding finding)
    {
        ImageSize upright = findings.Grid.UprightSize;
        ReadOnlySpan<float> map = finding.Heatmap.Span;
        bool[] mask = new bool[map.Length];
        foreach (PixelBox box in finding.Boxes)
        {
            for (int y = (int)box.Y; y < Math.Min(upright.Height, (int)Math.Ceiling(box.Bottom)); y++)
            {
                for (int x = (int)box.X; x < Math.Min(upright.Width, (int)Math.Ceiling(box.Right)); x++)
                {
                    int at = (y * upright.Width) + x;
                    mask[at] = map[at] > (float)findings.Threshold;
                }
            }
        }

        return findings.Grid.Map<bool>(mask);
    }

    /// <summary>
    /// One bit per pixel, the first in the lowest bit, frame after frame without padding between them (PS3.5 8.1.1).
    /// </summary>
    internal static byte[] Pack(IEnumerable<bool[]> frames, long pixelsPerFrame)
    {
        List<byte> bytes = [];
        long at = 0;
        foreach (bool[] frame in frames)
        {
            for (long i = 0; i < pixelsPerFrame; i++, at++)
            {
                if (at % 8 == 0)
                {
                    bytes.Add(0);
                }

                if (frame[i])
                {
                    bytes[(int)(at / 8)] |= (byte)(1 << (int)(at % 8));
                }
            }
        }

        return [.. bytes];
    }
}
