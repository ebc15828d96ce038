using CxrOnnx.Core.Confidence;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Runtime.Tests.Workflows.Results;

/// <summary>A result document made by hand: a finding with a box, a denied phrase, a report.</summary>
internal static class SampleResult
{
    public static GroundResult Of(string phrase = "left lower pneumonia", string sentence = "There is pneumonia.") =>
        new()
        {
            SchemaVersion = GroundResult.CurrentSchemaVersion,
            CreatedBy = "cxr 0",
            Image = new ImageResult("x.dcm", "00", 40, 60, "dicom", 12, "MONOCHROME2", "rotate_90", Dicom(), ["a remark on the image"]),
            Bundle = new BundleResult("bundle", "0123", "tiny", "fp32"),
            Preset = "exact",
            Provider = new ProviderResult("auto", "cpu", "why", "1") { Math = "fp32" },
            Threshold = 0.5,
            TrajectorySha256 = "11",
            Evaluations = new EvaluationsResult(1, 2),
            Seconds = new TimingsResult(0, 0, 0, 0),
            Report = new ReportResult(1, [new DeniedResult("pneumothorax", [], "absent", "No <b>pneumothorax</b>.")], [], [], null),
            Phrases =
            [
                Phrase(phrase) with
                {
                    Grounded = phrase,
                    Verdict = "low confidence, 0.41",
                    Region = RegionSupport.LowConfidence,
                    Confidence = 0.41,
                    Uncertain = true,
                    Sentence = sentence,
                    Denied = false,
                    Boxes =
                    [
                        [1, 2, 10, 20],
                    ],
                    StoredBoxes =
                    [
                        [2, 29, 20, 10],
                    ],
                    BoxesMm =
                    [
                        [5, 4],
                    ],
                },
                Phrase("no edema") with
                {
                    Verdict = "denied by the phrase",
                    Denied = true,
                },
            ],
        };

    private static DicomResult Dicom() =>
        new("explicit little endian", null, "identity", "window 1/2 LINEAR", false)
        {
            PixelSpacing = [0.5, 0.2],
            SizesBy = "pixel_spacing",
            SizesAt = "unspecified",
            StudyInstanceUid = "1.2.3",
            SeriesInstanceUid = "1.2.3.4",
            SopInstanceUid = "1.2.3.4.5",
        };

    private static PhraseResult Phrase(string phrase) =>
        new()
        {
            Phrase = phrase,
            Text = phrase,
            StandardPrompt = null,
            Pathology = null,
            Locations = [],
            Tokens = [],
            Boxes = [],
            Peak = null,
            Heatmap = null,
            Overlay = null,
            TokenHeatmaps = [],
            Seconds = 0,
            Warnings = [],
        };
}
