using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging.Dicom;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// Grayscale Softcopy Presentation State (PS3.3 A.33.1): shows the original image upright with the boxes as graphics, a layer per phrase,
/// so that each can be switched off.
/// </summary>
internal static class PresentationState
{
    private const string SopClass = "1.2.840.10008.5.1.4.1.1.11.1";
    private const string NoteLayer = "CXRONNX_NOTE";

    /// <summary>Share of the image's height that a line of text gets.</summary>
    private const double LineShare = 0.03;

    /// <summary>Writes the object.</summary>
    /// <exception cref="Core.InputException">The image is in colour.</exception>
    public static DicomObjectFile Write(DicomFindings findings)
    {
        if (findings.Source.IsColour)
        {
            throw new Core.InputException(
                "the DICOM image is in colour, which a grayscale presentation state cannot show; leave gsps out of `dicom`"
            );
        }

        DerivedObject common = new(findings, DicomObjectKind.PresentationState, SopClass, "PR");
        DataSetWriter set = common.Begin(1);
        common.Dates(set, 0x0070_0082, 0x0070_0083);
        common.BodyPart(set);
        set.Text(0x0070_0080, "CS", "CXRONNX")
            .Text(0x0070_0081, "LO", $"Phrase grounding, {DicomFindings.Disclaimer}")
            .Text(0x0070_0084, "PN", "CxrOnnx^Phrase grounding")
            .Sequence(0x0008_1115, common.SeriesReference(set, 0x0008_1140));
        DisplayedArea(set, common, findings);
        Annotations(set, common, findings);
        GrayValues(set, common, findings);
        (int rotation, bool flips) = Turn(findings.Provenance.Orientation);
        set.UInt16(0x0070_0042, rotation).Text(0x0070_0041, "CS", flips ? "Y" : "N");
        return common.Finish(set);
    }

    /// <summary>
    /// Turn by degrees clockwise first, then mirror left-right (PS3.3 C.10.6). A picture whose rows and columns are swapped is turned by a
    /// quarter and mirrored.
    /// </summary>
    internal static (int Rotation, bool Flips) Turn(ImageOrientation orientation) =>
        orientation switch
        {
            ImageOrientation.MirrorHorizontally => (0, true),
            ImageOrientation.Rotate180 => (180, false),
            ImageOrientation.MirrorVertically => (180, true),
            ImageOrientation.Transpose => (90, true),
            ImageOrientation.Rotate90 => (90, false),
            ImageOrientation.Transverse => (270, true),
            ImageOrientation.Rotate270 => (270, false),
            _ => (0, false),
        };

    /// <summary>
    /// The whole image. Its corners are those after turning, named by the pixels they have before (PS3.3 C.10.4), so that those of a
    /// mirrored image are in the other order.
    /// </summary>
    private static void DisplayedArea(DataSetWriter set, DerivedObject common, DicomFindings findings)
    {
        StoredGrid grid = findings.Grid;
        ImageSize upright = grid.UprightSize;
        (int left, int top) = grid.Pixel(0, 0);
        (int right, int bottom) = grid.Pixel(upright.Width - 1, upright.Height - 1);
        DataSetWriter item = set.Item()
            .Sequence(0x0008_1140, common.ImageReference(set))
            .Int32(0x0070_0052, "SL", left + 1, top + 1)
            .Int32(0x0070_0053, "SL", right + 1, bottom + 1)
            .Text(0x0070_0100, "CS", "SCALE TO FIT");
        if (DerivedObject.SpacingText(findings) is { } spacing)
        {
            item.Text(0x0070_0101, "DS", spacing);
        }
        else
        {
            item.Text(0x0070_0102, "IS", "1\\1");
        }

        set.Sequence(0x0070_005A, item);
    }

    private static void Annotations(DataSetWriter set, DerivedObject common, DicomFindings findings)
    {
        List<DataSetWriter> layers = [];
        List<DataSetWriter> annotations = [];
        for (int i = 0; i < findings.Findings.Count; i++)
        {
            DicomFinding finding = findings.Findings[i];
            if (finding.Boxes.Count == 0)
            {
                continue;
            }

            string layer = $"CXRONNX_{DerivedObject.Number(i + 1)}";
            layers.Add(Layer(set, layer, layers.Count + 1, $"{finding.Phrase}: {finding.Certainty}"));
            annotations.Add(
                set.Item()
                    .Sequence(0x0008_1140, common.ImageReference(set))
                    .Text(0x0070_0002, "CS", layer)
                    .Sequence(0x0070_0008, Label(set, findings.Grid, finding))
                    .Sequence(0x0070_0009, finding.Boxes.Select(box => Box(set, findings.Grid.Box(box))))
            );
        }

        string[] without = [.. findings.Findings.Where(one => one.Boxes.Count == 0).Select(one => $"{one.Phrase}: {one.Certainty}")];
        string[] lines =
        [
            $"CxrOnnx {findings.Model} {findings.BundleId}: {DicomFindings.Disclaimer}. Boxes say where the words point.",
            .. without.Select(one => $"No box: {one}"),
            .. findings.Denied.Select(one => $"Denied by the report: {one}"),
        ];
        layers.Add(Layer(set, NoteLayer, layers.Count + 1, "What all boxes have in common"));
        annotations.Add(
            set.Item()
                .Sequence(0x0008_1140, common.ImageReference(set))
                .Text(0x0070_0002, "CS", NoteLayer)
                .Sequence(0x0070_0008, Note(set, lines))
        );
        set.Sequence(0x0070_0001, annotations).Sequence(0x0070_0060, layers);
    }

    private static DataSetWriter Layer(DataSetWriter set, string name, int order, string description) =>
        set.Item()
            .Text(0x0070_0002, "CS", name)
            .Text(0x0070_0062, "IS", DerivedObject.Number(order))
            .UInt16(0x0070_0066, 0xFFFF)
            .UInt16(0x0070_0401, 0xD500, 0x6000, 0x6000)
            .Text(0x0070_0068, "LO", description);

    /// <summary>A closed line around the box. Points are at pixel edges: 0.5 is the centre of the first pixel, as boxes count too.</summary>
    private static DataSetWriter Box(DataSetWriter set, PixelBox box) =>
        set.Item()
            .Text(0x0070_0005, "CS", "PIXEL")
            .UInt16(0x0070_0020, 2)
            .UInt16(0x0070_0021, 5)
            .Single(0x0070_0022, "FL", Corners(box))
            .Text(0x0070_0023, "CS", "POLYLINE")
            .Text(0x0070_0024, "CS", "N");

    /// <summary>The five points of a closed rectangle, column and row of each.</summary>
    internal static float[] Corners(PixelBox box)
    {
        (float left, float top, float right, float bottom) = ((float)box.X, (float)box.Y, (float)box.Right, (float)box.Bottom);
        return [left, top, right, top, right, bottom, left, bottom, left, top];
    }

    /// <summary>The phrase above its largest box as the picture is displayed.</summary>
    private static DataSetWriter Label(DataSetWriter set, StoredGrid grid, DicomFinding finding)
    {
        ImageSize size = grid.UprightSize;
        PixelBox box = finding.Boxes[0];
        double height = size.Height * LineShare;
        double top = Math.Max(0, box.Y - height);
        PixelBox place = grid.Box(new PixelBox(box.X, top, Math.Max(box.Width, size.Width - box.X), height));
        return set.Item()
            .Text(0x0070_0003, "CS", "PIXEL")
            .Text(0x0070_0006, "ST", $"{finding.Phrase} ({finding.Certainty})")
            .Single(0x0070_0010, "FL", [(float)place.X, (float)place.Y])
            .Single(0x0070_0011, "FL", [(float)place.Right, (float)place.Bottom])
            .Text(0x0070_0012, "CS", "LEFT");
    }

    /// <summary>At the lower edge of the display, whatever the image's size.</summary>
    private static DataSetWriter Note(DataSetWriter set, IReadOnlyList<string> lines) =>
        set.Item()
            .Text(0x0070_0003, "CS", "DISPLAY")
            .Text(0x0070_0006, "ST", string.Join("\r\n", lines))
            .Single(0x0070_0010, "FL", [0.01f, (float)Math.Max(0.5, 0.99 - (LineShare * lines.Count))])
            .Single(0x0070_0011, "FL", [0.99f, 0.99f])
            .Text(0x0070_0012, "CS", "LEFT");

    /// <summary>
    /// Modality, VOI and presentation transformation of the source. A presentation state has no photometric interpretation: what
    /// MONOCHROME1 means is said by the shape INVERSE (PS3.3 C.11.6).
    /// </summary>
    private static void GrayValues(DataSetWriter set, DerivedObject common, DicomFindings findings)
    {
        DicomDataset source = findings.Source.Dataset;
        if (source.Items(DicomTag.ModalityLutSequence) is [var modality, ..])
        {
            DataSetWriter item = Table(set, modality);
            item.Text(
                DicomSource.LutType,
                "LO",
                modality.Texts(DicomSource.LutType).FirstOrDefault("") is { Length: > 0 } type ? type : "US"
            );
            set.Sequence(DicomTag.ModalityLutSequence, item);
        }
        else if (source.Has(DicomTag.RescaleSlope) && source.Has(DicomTag.RescaleIntercept))
        {
            set.Raw(DicomTag.RescaleIntercept, "DS", source.Bytes(DicomTag.RescaleIntercept).Span)
                .Raw(DicomTag.RescaleSlope, "DS", source.Bytes(DicomTag.RescaleSlope).Span)
                .Text(
                    DicomSource.RescaleType,
                    "LO",
                    source.Texts(DicomSource.RescaleType).FirstOrDefault("") is { Length: > 0 } unit ? unit : "US"
                );
        }

        if (Voi(set, source, findings.Provenance.Dicom?.Voi ?? "") is { } voi)
        {
            set.Sequence(0x0028_3110, voi.Sequence(0x0008_1140, common.ImageReference(set)));
        }

        set.Text(DicomTag.PresentationLutShape, "CS", findings.Provenance.Dicom?.Inverted == true ? "INVERSE" : "IDENTITY");
    }

    /// <summary>The branch that the reader took: what the file leaves open is shown as the model saw it.</summary>
    /// <returns>An item; null where gray values stay as they are.</returns>
    private static DataSetWriter? Voi(DataSetWriter set, DicomDataset source, string branch)
    {
        if (branch == "VOI LUT" && source.Items(DicomTag.VoiLutSequence) is [var table, ..])
        {
            return set.Item().Sequence(DicomTag.VoiLutSequence, Table(set, table));
        }

        if (DicomPercentiles.Of(branch) is { } range)
        {
            // LINEAR maps c - 0.5 - (w - 1) / 2 to black and c - 0.5 + (w - 1) / 2 to white (PS3.3 C.11.2.1.2.1).
            return set.Item()
                .Text(DicomTag.WindowCenter, "DS", DerivedObject.Decimal(((range.Low + range.High) / 2) + 0.5))
                .Text(DicomTag.WindowWidth, "DS", DerivedObject.Decimal(range.High - range.Low + 1));
        }

        if (source.Number(DicomTag.WindowCenter) is not { } center || source.Number(DicomTag.WindowWidth) is not { } width)
        {
            return null;
        }

        DataSetWriter window = set.Item()
            .Text(DicomTag.WindowCenter, "DS", DerivedObject.Decimal(center))
            .Text(DicomTag.WindowWidth, "DS", DerivedObject.Decimal(width));
        return source.Code(DicomTag.VoiLutFunction) is { Length: > 0 } function
            ? window.Text(DicomTag.VoiLutFunction, "CS", function)
            : window;
    }

    private static DataSetWriter Table(DataSetWriter set, DicomDataset item)
    {
        string descriptor = item.Representation(DicomTag.LutDescriptor) is "SS" ? "SS" : "US";
        return set.Item()
            .Raw(DicomTag.LutDescriptor, descriptor, item.Bytes(DicomTag.LutDescriptor).Span)
            .Raw(DicomTag.LutData, "OW", item.Bytes(DicomTag.LutData).Span);
    }
}
