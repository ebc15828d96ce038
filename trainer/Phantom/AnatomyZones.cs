using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Phantom;

/// <summary>
/// The 13 anatomical boxes that the location atlas is made from, with the names of the Chest ImaGenome data set. Drawn on the anatomy
/// itself, whatever covers it.
/// </summary>
public static class AnatomyZones
{
    /// <summary>Names in a fixed order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "right lung",
        "right apical zone",
        "right upper lung zone",
        "right mid lung zone",
        "right lower lung zone",
        "right costophrenic angle",
        "left lung",
        "left apical zone",
        "left upper lung zone",
        "left mid lung zone",
        "left lower lung zone",
        "left costophrenic angle",
        "cardiac silhouette",
    ];

    internal static IReadOnlyDictionary<string, PixelBox> Of(Canvas canvas, Patient patient, AnatomyLayers layers)
    {
        var zones = new Dictionary<string, PixelBox>(StringComparer.Ordinal);
        for (int side = 0; side < 2; side++)
        {
            string name = side == 0 ? "right" : "left";
            float top = patient.Apex[side];
            float dome = patient.Dome[side];
            float bottom = patient.Base[side];
            float Height(float share) => top + (share * (dome - top));
            zones[name + " lung"] = Box(canvas, patient, side, top, bottom, 0f);
            zones[name + " apical zone"] = Box(canvas, patient, side, top, Height(0.22f), 0f);
            zones[name + " upper lung zone"] = Box(canvas, patient, side, Height(0.10f), Height(0.40f), 0f);
            zones[name + " mid lung zone"] = Box(canvas, patient, side, Height(0.40f), Height(0.66f), 0f);
            zones[name + " lower lung zone"] = Box(canvas, patient, side, Height(0.66f), bottom, 0f);
            zones[name + " costophrenic angle"] = Box(canvas, patient, side, dome + (0.15f * (bottom - dome)), bottom, 0.72f);
        }

        zones["cardiac silhouette"] = PixelRegion.Of(layers.Heart, canvas, 0.5f).Box;
        return zones;
    }

    /// <summary>The box around the part of a lung between two heights, from a share of the breadth outwards.</summary>
    private static PixelBox Box(Canvas canvas, Patient patient, int side, float top, float bottom, float fromBreadth)
    {
        float left = float.MaxValue;
        float right = float.MinValue;
        float high = float.MaxValue;
        float low = float.MinValue;
        const int Steps = 24;
        for (int k = 0; k <= Steps; k++)
        {
            float y = top + ((bottom - top) * k / Steps);
            float inner = patient.Medial(side, y);
            float outer = patient.Lateral(side, y);
            for (int j = 0; j <= Steps; j++)
            {
                float u = inner + ((outer - inner) * (fromBreadth + ((1f - fromBreadth) * j / Steps)));
                if (patient.Diaphragm(side, u) < y)
                {
                    continue;
                }

                (float px, float py) = canvas.Frame.ToPixel(patient.X(side, u), y);
                left = Math.Min(left, px);
                right = Math.Max(right, px);
                high = Math.Min(high, py);
                low = Math.Max(low, py);
            }
        }

        return PixelBox.FromEdges(left, high, right, low).ClippedTo(new ImageSize(canvas.Width, canvas.Height));
    }
}
