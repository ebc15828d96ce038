using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Metrics;

[Trait("Category", "quick")]
public sealed class ReferenceMetricsTests
{
    // The reference sums in single precision; its own distance from double precision on these maps is below 1e-6, on CNR 1e-6 too.
    private const double CnrTolerance = 1e-5;
    private const double ShareTolerance = 1e-6;

    [Fact]
    public void Metrics_EveryReferenceCase_AreTheReferences()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("metrics/cases.json")));
        using SafetensorsFile maps = SafetensorsFile.Open(Fixtures.Path("metrics/maps.safetensors"));
        List<string> differences = [];
        int count = 0;
        foreach (JsonElement item in document.RootElement.EnumerateArray())
        {
            string name = item.GetProperty("name").GetString()!;
            if (name == "negative_xy_box")
            {
                // A deviation of ours: clipped, where the reference counts from the end of the image.
                continue;
            }

            Heatmap heatmap = Load(maps, item);
            PixelBox[] boxes = Boxes(item);
            void Compare(string key, double actual, double tolerance)
            {
                double expected = item.GetProperty(key).GetDouble();
                if (!(Math.Abs(actual - expected) <= tolerance))
                {
                    differences.Add($"{name} {key}: {actual} instead of {expected}");
                }
            }

            Compare("cnr_signed", ContrastToNoiseRatio.Compute(heatmap, boxes), CnrTolerance);
            Compare("cnr_abs", ContrastToNoiseRatio.Compute(heatmap, boxes, absolute: true), CnrTolerance);
            Compare("miou", MeanIoU.Compute(heatmap, boxes), ShareTolerance);
            Compare("auroc5", AucRoc.Compute(heatmap, boxes), ShareTolerance);
            double[] perThreshold = [.. item.GetProperty("iou_per_threshold").EnumerateArray().Select(value => value.GetDouble())];
            if (!perThreshold.Zip(MeanIoU.PerThreshold(heatmap, boxes)).All(pair => Math.Abs(pair.First - pair.Second) <= ShareTolerance))
            {
                differences.Add($"{name}: {string.Join(' ', MeanIoU.PerThreshold(heatmap, boxes))}");
            }

            if (maps.Tensors.ContainsKey($"padded_{name}"))
            {
                float[] padded = maps.ReadFloat32($"padded_{name}");
                Assert.True(
                    padded.AsSpan().SequenceEqual(heatmap.Values) || padded.Zip(heatmap.Values).All(pair => pair.First.Equals(pair.Second)),
                    name
                );
            }

            count++;
        }

        Assert.True(count >= 28, $"{count} cases");
        Assert.Empty(differences);
    }

    [Fact]
    public void Metrics_BoxBeginningOutsideTheImage_IsClipped()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("metrics/cases.json")));
        using SafetensorsFile maps = SafetensorsFile.Open(Fixtures.Path("metrics/maps.safetensors"));
        JsonElement item = document
            .RootElement.EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == "negative_xy_box");
        Heatmap heatmap = Load(maps, item);
        PixelBox box = Assert.Single(Boxes(item));
        PixelBox clipped = box.ClippedTo(heatmap.Size);

        Assert.NotEqual(box, clipped);
        Assert.Equal(MeanIoU.Compute(heatmap, [clipped]), MeanIoU.Compute(heatmap, [box]));
        Assert.Equal(ContrastToNoiseRatio.Compute(heatmap, [clipped]), ContrastToNoiseRatio.Compute(heatmap, [box]));
        Assert.NotEqual(0, MeanIoU.Compute(heatmap, [box]));
    }

    private static Heatmap Load(SafetensorsFile maps, JsonElement item)
    {
        string name = item.GetProperty("heatmap").GetString()!;
        ImageSize size = new(item.GetProperty("image_w").GetInt32(), item.GetProperty("image_h").GetInt32());
        ImageTransform transform = new(size, (int)maps.Tensors[name].Shape[0]);
        return new Heatmap(size, transform.ToOriginal(maps.ReadFloat32(name)));
    }

    private static PixelBox[] Boxes(JsonElement item) =>
        [
            .. item.GetProperty("boxes_xywh")
                .EnumerateArray()
                .Select(box => new PixelBox(box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble())),
        ];
}
