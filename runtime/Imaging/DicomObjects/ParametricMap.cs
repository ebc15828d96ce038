using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// Parametric Map (PS3.3 A.75): the heatmap of one phrase in float32 on the stored grid, 0 to 1, without unit. Pixels that the model did
/// not look at hold the padding value. A projection has no place in space: the groups for position and orientation, which the object must
/// have, are empty, as the standard allows for derived frames (PS3.3 C.7.6.16.2.3), and so is the spacing where it is unknown.
/// </summary>
internal static class ParametricMap
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.30";

    /// <summary>What stands where the model did not look: no strength is negative.</summary>
    private const float NotLooked = -1;

    /// <summary>Writes the objects, one per phrase that was grounded.</summary>
    public static IEnumerable<DicomObjectFile> Write(DicomFindings findings)
    {
        for (int i = 0; i < findings.Findings.Count; i++)
        {
            if (!findings.Findings[i].Heatmap.IsEmpty)
            {
                yield return Write(findings, i);
            }
        }
    }

    private static DicomObjectFile Write(DicomFindings findings, int index)
    {
        DicomFinding finding = findings.Findings[index];
        DerivedObject common = new(findings, DicomObjectKind.ParametricMap, SopClass, "OT");
        DataSetWriter set = common.Begin(index + 1);
        ImageSize size = findings.Grid.Size;
        common.Dates(set, 0x0008_0023, 0x0008_0033);
        common.BodyPart(set);
        MultiFrame.Pixels(set, size, bits: 32);
        MultiFrame.Content(set, "CXRONNX", $"{finding.Phrase}: {finding.Certainty}");
        MultiFrame.Dimension(set, findings, 0x0020_9056, 0x0020_9111, "Phrase");
        common.Lossy(set, always: true);
        const string type = "DERIVED\\PRIMARY\\OTHER\\ATTENTION";
        set.Text(0x0008_0008, "CS", type)
            .Text(0x0018_9004, "CS", "RESEARCH")
            .Text(0x0020_4000, "LT", $"{finding.Phrase}: {finding.Certainty}. {finding.Note} {DerivedObject.HowItWasMade(findings)}")
            .Text(0x0028_0008, "IS", "1")
            .Text(0x0028_0301, "CS", "NO")
            .Text(0x0028_0302, "CS", "NO")
            .Text(0x2050_0020, "CS", "IDENTITY")
            .Single(0x0028_0122, "FL", [NotLooked])
            .Single(0x0028_0124, "FL", [NotLooked])
            .Uid(0x0020_0052, DicomUid.Of(["frame of reference", findings.Source.SopInstanceUid]))
            .Text(0x0020_1040, "LO", "")
            .Sequence(0x0008_1115, common.SeriesReference(set, 0x0008_114A))
            .Sequence(0x0040_0555)
            .Sequence(0x5200_9229, Shared(set, common, findings, finding, type))
            .Sequence(0x5200_9230, set.Item().Sequence(0x0020_9111, Count(set)))
            .Single(0x7FE0_0008, "OF", Values(findings, finding));
        return common.Finish(set, index);
    }

    private static DataSetWriter Count(DataSetWriter set) =>
        MultiFrame.FrameContent(set, 1).Text(0x0020_9056, "SH", "1").Int32(0x0020_9057, "UL", 1);

    private static DataSetWriter Shared(
        DataSetWriter set,
        DerivedObject common,
        DicomFindings findings,
        DicomFinding finding,
        string type
    ) =>
        MultiFrame
            .Shared(set, findings)
            .Sequence(0x0020_9113, set.Item())
            .Sequence(0x0020_9116, set.Item())
            .Sequence(0x0040_9092, set.Item().Text(0x0008_9007, "CS", type))
            .Sequence(
                0x0040_9096,
                set.Item()
                    .Text(0x0028_3003, "LO", $"Relative attention to: {finding.Phrase}")
                    .Text(0x0040_9210, "SH", "ATTENTION")
                    .Code(0x0040_08EA, new DicomCode("{0:1}", "UCUM", "no units, range 0 to 1"))
                    .Double(0x0040_9214, 0)
                    .Double(0x0040_9213, 1)
                    .Double(0x0040_9224, 0)
                    .Double(0x0040_9225, 1)
            )
            .Sequence(
                0x0028_9132,
                set.Item().Text(0x0028_1050, "DS", "0.5").Text(0x0028_1051, "DS", "1").Text(0x0028_1056, "CS", "LINEAR_EXACT")
            )
            .Sequence(0x0028_9145, set.Item().Text(0x0028_1052, "DS", "0").Text(0x0028_1053, "DS", "1").Text(0x0028_1054, "LO", "US"))
            .Sequence(0x0008_9124, MultiFrame.Derivation(set, common, new DicomCode("113085", "DCM", "Spatial resampling")));

    private static float[] Values(DicomFindings findings, DicomFinding finding) =>
        Array.ConvertAll(findings.Grid.Map(finding.Heatmap.Span), value => float.IsNaN(value) ? NotLooked : value);
}
