using System.Globalization;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// Comprehensive Structured Report (PS3.3 A.35.3): who observed (a device), then a container per phrase with what is known of it and its
/// boxes on the image, then what the report denies. Unverified and preliminary. No code calls anything a finding: a program that reads codes
/// must not take what was asked for as what was found.
/// </summary>
internal static class StructuredReport
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.88.33";
    private const string Contains = "CONTAINS";

    private static readonly DicomCode Title = new("GROUNDING", DicomCode.Own, "Places that phrases speak of (research)");
    private static readonly DicomCode Phrase = new("PHRASE", DicomCode.Own, "Phrase");
    private static readonly DicomCode Named = new("NAMED", DicomCode.Own, "Pathology that the phrase names");
    private static readonly DicomCode Comment = new("121106", "DCM", "Comment");
    private static readonly DicomCode Region = new("111030", "DCM", "Image Region");
    private static readonly DicomCode Certainty = new("CERTAINTY", DicomCode.Own, "What is known of it");
    private static readonly DicomCode Sentence = new("SENTENCE", DicomCode.Own, "Sentence of the report");
    private static readonly DicomCode Denied = new("DENIED", DicomCode.Own, "Denied by the report");

    /// <summary>Writes the object.</summary>
    public static DicomObjectFile Write(DicomFindings findings)
    {
        DerivedObject common = new(findings, DicomObjectKind.StructuredReport, SopClass, "SR");
        DataSetWriter set = common.Begin(1);
        common.Dates(set, 0x0008_0023, 0x0008_0033);
        set.Sequence(0x0008_1111)
            .Text(0x0040_A491, "CS", "COMPLETE")
            .Text(0x0040_A493, "CS", "UNVERIFIED")
            .Text(0x0040_A496, "CS", "PRELIMINARY")
            .Sequence(0x0040_A372)
            .Sequence(
                0x0040_A375,
                set.Item()
                    .Uid(0x0020_000D, findings.Source.StudyInstanceUid)
                    .Sequence(0x0008_1115, common.SeriesReference(set, 0x0008_1199))
            )
            .Text(0x0040_A040, "CS", "CONTAINER")
            .Code(0x0040_A043, Title)
            .Text(0x0040_A050, "CS", "SEPARATE")
            .Sequence(0x0040_A730, Content(set, common, findings));
        return common.Finish(set);
    }

    private static IEnumerable<DataSetWriter> Content(DataSetWriter set, DerivedObject common, DicomFindings findings)
    {
        const string context = "HAS OBS CONTEXT";
        string device = DicomUid.Of(["device", findings.SoftwareVersion, findings.BundleId]);
        yield return Node(set, context, "CODE", new("121005", "DCM", "Observer Type"))
            .Code(0x0040_A168, new DicomCode("121007", "DCM", "Device"));
        yield return Node(set, context, "UIDREF", new("121012", "DCM", "Device Observer UID")).Uid(0x0040_A124, device);
        yield return Text(set, context, new("121013", "DCM", "Device Observer Name"), "CxrOnnx phrase grounding");
        yield return Text(set, context, new("121014", "DCM", "Device Observer Manufacturer"), "CxrOnnx");
        yield return Text(set, context, new("121015", "DCM", "Device Observer Model Name"), $"{findings.Model} {findings.BundleId}");
        yield return Text(set, Contains, Comment, DerivedObject.HowItWasMade(findings));
        yield return Node(set, Contains, "IMAGE", new("121200", "DCM", "Illustration of ROI"))
            .Sequence(0x0008_1199, common.ImageReference(set));
        foreach (DicomFinding finding in findings.Findings)
        {
            yield return Node(set, Contains, "CONTAINER", Phrase)
                .Text(0x0040_A050, "CS", "SEPARATE")
                .Sequence(0x0040_A730, Of(set, common, findings, finding));
        }

        foreach (string denied in findings.Denied)
        {
            yield return Text(set, Contains, Denied, denied);
        }

        foreach (string remark in findings.Remarks)
        {
            yield return Text(set, Contains, Comment, remark);
        }

        if (findings.Findings.Count == 0)
        {
            yield return Text(set, Contains, Comment, "No finding was asked for, or the report names none that is present.");
        }
    }

    private static IEnumerable<DataSetWriter> Of(DataSetWriter set, DerivedObject common, DicomFindings findings, DicomFinding finding)
    {
        yield return Text(set, Contains, Phrase, finding.Phrase);
        yield return Text(set, Contains, Certainty, finding.Note.Length > 0 ? $"{finding.Certainty}. {finding.Note}" : finding.Certainty);
        if (finding.Grounded is { } grounded && grounded != finding.Phrase)
        {
            yield return Text(set, Contains, new("GROUNDED", DicomCode.Own, "Text that was located"), grounded);
        }

        if (finding.Sentence is { } sentence)
        {
            yield return Text(set, Contains, Sentence, sentence);
        }

        if (finding.Grounded is not null && finding.Pathology is not null)
        {
            yield return Node(set, Contains, "CODE", Named).Code(0x0040_A168, DicomCode.OfPathology(finding.Pathology));
        }

        if (finding.Confidence is { } confidence)
        {
            yield return Node(set, Contains, "NUM", new("SUPPORT", DicomCode.Own, "Probability that the image supports the phrase"))
                .Sequence(
                    0x0040_A300,
                    set.Item()
                        .Text(0x0040_A30A, "DS", confidence.ToString("0.####", CultureInfo.InvariantCulture))
                        .Code(0x0040_08EA, new DicomCode("{0:1}", "UCUM", "no units, range 0 to 1"))
                );
        }

        foreach (PixelBox box in finding.Boxes)
        {
            yield return Node(set, Contains, "SCOORD", Region)
                .Text(0x0070_0023, "CS", "POLYLINE")
                .Single(0x0070_0022, "FL", PresentationState.Corners(findings.Grid.Box(box)))
                .Sequence(
                    0x0040_A730,
                    set.Item()
                        .Text(0x0040_A010, "CS", "SELECTED FROM")
                        .Text(0x0040_A040, "CS", "IMAGE")
                        .Sequence(0x0008_1199, common.ImageReference(set))
                );
        }
    }

    private static DataSetWriter Text(DataSetWriter set, string relation, DicomCode concept, string text) =>
        Node(set, relation, "TEXT", concept).Text(0x0040_A160, "UT", text.Length > 0 ? text : "none");

    private static DataSetWriter Node(DataSetWriter set, string relation, string type, DicomCode concept) =>
        set.Item().Text(0x0040_A010, "CS", relation).Text(0x0040_A040, "CS", type).Code(0x0040_A043, concept);
}
