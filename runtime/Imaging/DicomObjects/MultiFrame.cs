using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>What Segmentation and Parametric Map share as multi-frame objects on the stored grid of the source (PS3.3 C.7.6.16).</summary>
internal static class MultiFrame
{
    private const uint DimensionIndexPointer = 0x0020_9165;

    /// <summary>Size, kind of pixel, and content as the image modules want them.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="size">The stored grid.</param>
    /// <param name="bits">Bits of a pixel.</param>
    public static void Pixels(DataSetWriter set, ImageSize size, int bits) =>
        set.UInt16(0x0028_0002, 1)
            .Text(0x0028_0004, "CS", "MONOCHROME2")
            .UInt16(0x0028_0010, size.Height)
            .UInt16(0x0028_0011, size.Width)
            .UInt16(0x0028_0100, bits);

    /// <summary>Label, description and creator of the content.</summary>
    public static void Content(DataSetWriter set, string label, string description) =>
        set.Text(0x0070_0080, "CS", label).Text(0x0070_0081, "LO", description).Text(0x0070_0084, "PN", "CxrOnnx^Phrase grounding");

    /// <summary>One dimension, along which the frames are counted.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="findings">The result.</param>
    /// <param name="pointer">The attribute that changes from frame to frame.</param>
    /// <param name="group">The functional group that holds it.</param>
    /// <param name="label">What it is called.</param>
    public static void Dimension(DataSetWriter set, DicomFindings findings, uint pointer, uint group, string label)
    {
        string organization = DicomUid.Of(["dimension", findings.Source.SopInstanceUid, findings.BundleId, findings.Settings, label]);
        set.Sequence(0x0020_9221, set.Item().Uid(0x0020_9164, organization))
            .Sequence(
                0x0020_9222,
                set.Item()
                    .Uid(0x0020_9164, organization)
                    .AttributeTag(DimensionIndexPointer, pointer)
                    .AttributeTag(0x0020_9167, group)
                    .Text(0x0020_9421, "LO", label)
            );
    }

    /// <summary>The functional group that says which image a frame was derived from, pixel for pixel.</summary>
    public static DataSetWriter Derivation(DataSetWriter set, DerivedObject common, DicomCode how)
    {
        DataSetWriter source = common
            .ImageReference(set, new DicomCode("121322", "DCM", "Source image for image processing operation"))
            .Text(0x0028_135A, "CS", "YES");
        return set.Item().Code(0x0008_9215, how).Sequence(0x0008_2112, source);
    }

    /// <summary>The shared functional groups: the spacing, where it is known.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="findings">The result.</param>
    public static DataSetWriter Shared(DataSetWriter set, DicomFindings findings)
    {
        DataSetWriter measures = set.Item();
        if (DerivedObject.SpacingText(findings) is { } spacing)
        {
            measures.Text(0x0028_0030, "DS", spacing);
        }

        return set.Item().Sequence(0x0028_9110, measures);
    }

    /// <summary>The group that counts a frame.</summary>
    public static DataSetWriter FrameContent(DataSetWriter set, int index) => set.Item().Int32(0x0020_9157, "UL", index);
}
