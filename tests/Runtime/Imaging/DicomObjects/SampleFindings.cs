using CxrOnnx.Core.Geometry;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.DicomObjects;
using CxrOnnx.Imaging.Overlay;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Tests;

namespace CxrOnnx.Runtime.Tests.Imaging.DicomObjects;

/// <summary>
/// A small odd radiograph with findings: 16 bits, 51 x 45 pixels (no multiple of 8), pixels twice as high as wide, and a map that is a ramp
/// with a peak in one corner.
/// </summary>
internal static class SampleFindings
{
    public const string Name = "Pl\u00e4nted^Secret";
    public const string SopInstance = "1.2.826.0.1.3680043.8.498.3";

    public static readonly DateTimeOffset Created = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    /// <summary>Writes the file.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="orientation">PatientOrientation.</param>
    /// <param name="photometric">PhotometricInterpretation.</param>
    /// <param name="colour">Whether it is in colour.</param>
    /// <param name="gray">How its gray values are meant: <c>window</c>, <c>tables</c> (modality and VOI), <c>rescale</c> or <c>open</c>.</param>
    public static string Write(
        TemporaryFolder folder,
        string orientation = "L\\F",
        string photometric = "MONOCHROME2",
        bool colour = false,
        string gray = "window"
    )
    {
        DicomFileBuilder file = new(width: 51, height: 45);
        file.Text(0x0008_0005, "CS", "ISO_IR 100")
            .Text(0x0008_0018, "UI", SopInstance + "\0")
            .Text(0x0008_0020, "DA", "20260101")
            .Text(0x0010_0010, "PN", Name)
            .Text(0x0010_0020, "LO", "PID-7")
            .Text(0x0020_000D, "UI", "1.2.826.0.1.3680043.8.498.1\0")
            .Text(0x0020_000E, "UI", "1.2.826.0.1.3680043.8.498.2\0")
            .Text(0x0020_0020, "CS", orientation)
            .Text(0x0028_0004, "CS", photometric)
            .Text(0x0028_0030, "DS", "0.4\\0.2 ");
        if (gray is "window" or "rescale")
        {
            file.Text(0x0028_1050, "DS", "1200").Text(0x0028_1051, "DS", "2000");
        }

        if (gray == "rescale")
        {
            file.Text(0x0028_1052, "DS", "100 ").Text(0x0028_1053, "DS", "0.5 ");
        }

        if (gray == "tables")
        {
            file.Table(0x0028_3000, 0, 16, [.. Enumerable.Range(0, 2295).Select(i => (i * 3) + 7)])
                .Table(0x0028_3010, 7, 16, [.. Enumerable.Range(0, 6900).Select(i => i * 9)]);
        }

        if (colour)
        {
            file.Number(0x0028_0002, 3)
                .Text(0x0028_0004, "CS", "RGB")
                .Number(0x0028_0006, 0)
                .Number(0x0028_0100, 8)
                .Number(0x0028_0101, 8)
                .Number(0x0028_0102, 7)
                .Pixels([.. Enumerable.Range(0, 51 * 45 * 3).Select(i => i % 251)]);
        }

        string path = folder.File("odd.dcm");
        File.WriteAllBytes(path, file.Build());
        return path;
    }

    /// <summary>Findings on the file: one with a box, one doubtful without, one denied.</summary>
    public static DicomFindings Of(string path, string phrase = "left lower pneumonia", DateTimeOffset? created = null)
    {
        Radiograph radiograph = RadiographReader.Read(path);
        (int width, int height) = (radiograph.Image.Width, radiograph.Image.Height);
        float[] map = new float[width * height];
        for (int i = 0; i < map.Length; i++)
        {
            (int x, int y) = (i % width, i / width);
            map[i] =
                y == 0 ? float.NaN
                : x is >= 30 and < 40 && y is >= 20 and < 33 ? 0.9f
                : 0.3f;
        }

        PixelBox box = new(30, 20, 10, 13);
        OverlayContent picture = new()
        {
            Image = radiograph.Image,
            Heatmap = map,
            Phrase = phrase,
            Boxes = [box],
            Verdict = "supported, 0.97",
        };
        return new DicomFindings
        {
            Source = DicomSource.Read(path),
            Provenance = radiograph.Provenance,
            Findings =
            [
                new DicomFinding
                {
                    Phrase = phrase,
                    Grounded = phrase,
                    Pathology = "pneumonia",
                    Verdict = "supported, 0.97",
                    IsSupported = true,
                    Confidence = 0.97,
                    Sentence = "There is pneumonia.",
                    Uncertain = false,
                    Boxes = [box],
                    Heatmap = map,
                    Picture = picture,
                },
                new DicomFinding
                {
                    Phrase = "right edema",
                    Grounded = "right edema",
                    Pathology = "edema",
                    Verdict = "no region, 0.02",
                    Uncertain = true,
                    Heatmap = map,
                    Picture = picture with { Boxes = [] },
                },
                new DicomFinding
                {
                    Phrase = "no effusion",
                    Grounded = null,
                    Verdict = "denied by the phrase",
                },
            ],
            Denied = ["pneumothorax: absent"],
            Remarks = ["a remark"],
            Model = "tiny",
            BundleId = "0123456789abcdef",
            Settings = "preset exact, fp32",
            Threshold = 0.5,
            SoftwareVersion = "cxr 0",
            Created = created ?? Created,
        };
    }
}
