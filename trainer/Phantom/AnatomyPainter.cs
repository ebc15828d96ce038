namespace CxrOnnx.Phantom;

/// <summary>Soft tissue, lungs, heart, mediastinum, spine: everything that is a field over the image rather than a stroke.</summary>
internal static class AnatomyPainter
{
    /// <summary>How much of the tissue's attenuation a full column of lung air removes.</summary>
    private const float AirRelief = 0.74f;

    public static void PaintSoftTissue(Canvas canvas, Patient patient, AnatomyLayers layers, PhantomRandom random)
    {
        HeartShape heart = patient.Heart;
        float[] airway = canvas.Layer();
        PaintAirway(canvas, patient, airway);
        float gasX = patient.X(1, 0.16f + random.Around(0.045f));
        float gasWidth = random.Range(0.035f, 0.075f);
        float gasHeight = random.Range(0.018f, 0.042f);
        float gasDepth = random.Chance(0.85f) ? random.Range(0.18f, 0.34f) : 0f;
        float hips = patient.Habitus;
        var mass = new Curve(-0.3f, 1.3f, y => 0.62f + (0.1f * hips) + (0.42f * Shade.Smooth(0.1f, 0.95f, y)));
        for (int py = 0; py < canvas.Height; py++)
        {
            (float x, float y) = canvas.Frame.FromPixel(0.5f, py + 0.5f);
            int row = py * canvas.Width;
            for (int px = 0; px < canvas.Width; px++, x += canvas.Frame.StepX, y += canvas.Frame.StepY)
            {
                int i = row + px;
                float off = x - patient.Midline;
                int side = off < 0f ? 0 : 1;
                float u = Math.Abs(off);
                float skin = patient.Body[y] - u;
                float trunk = Shade.Clamp01(skin / (0.10f + (0.03f * hips)));
                float tissue = mass[y] * trunk * (2f - trunk) * Shade.Smooth(-0.002f, 0.004f, skin);
                float arm = Arm(patient, u, y);
                tissue = Math.Max(tissue, arm) + (0.4f * Math.Min(tissue, arm));

                float wall = patient.WallDistance(side, u, y);
                layers.Wall[i] = wall;
                float belly = 0.85f * (patient.Diaphragm(side, u) - y);
                float depth = Math.Min(Math.Min(wall, u - patient.Medial(side, y)), Math.Min(belly, y - patient.Apex[side]));
                float lung = Shade.Smooth(-0.004f, 0.007f, depth);
                float silhouette = heart.Cover(x, y, out float bulk);
                float cover = Math.Max(silhouette, heart.Mediastinum(side, u, y));
                layers.Heart[i] = silhouette;
                layers.Lung[i] = lung;
                float air = lung * (1f - (0.9f * cover)) * (0.80f + (0.20f * Shade.Clamp01(depth / 0.09f)));
                layers.Air[i] = air;
                float attenuation = (tissue * (1f - (AirRelief * air))) + (0.07f * bulk) + (0.10f * silhouette * lung);

                // Under the diaphragm: liver on the right, spleen and the stomach's gas on the left.
                if (belly < 0.02f && skin > 0f)
                {
                    float under = Shade.Smooth(0.003f, -0.02f, belly) * trunk;
                    attenuation += under * (side == 0 ? 0.12f : 0.06f);
                    if (side == 1 && gasDepth > 0f)
                    {
                        float gx = (x - gasX) / gasWidth;
                        float gy = (y - patient.Diaphragm(1, u) - 0.014f - gasHeight) / gasHeight;
                        attenuation -= gasDepth * Shade.Smooth(1.15f, 0.75f, (gx * gx) + (gy * gy * (gy < 0f ? 1f : 0.55f))) * under;
                    }
                }

                attenuation += SpineAttenuation(patient, x, y) * (0.55f + (0.45f * trunk)) * (skin > 0f ? 1f : 0f);
                attenuation -= 0.24f * airway[i] * (1f - (0.6f * air));
                layers.Attenuation[i] = attenuation;
            }
        }
    }

    private static float Arm(Patient patient, float u, float y)
    {
        // A capsule from the shoulder down and outwards.
        float shoulder = 0.435f + (0.03f * patient.Habitus);
        float t = Math.Clamp((y - 0.22f) / 0.85f, 0f, 1f);
        float centre = shoulder + (0.115f * t) + (0.02f * t * patient.Habitus);
        float radius = 0.088f + (0.03f * patient.Habitus) - (0.012f * t);
        float over = y < 0.22f ? 0.22f - y : 0f;
        float distance = radius - MathF.Sqrt(((u - centre) * (u - centre)) + (over * over));
        float inside = Shade.Clamp01(distance / radius);
        return 0.62f * MathF.Sqrt(inside);
    }

    private static float SpineAttenuation(Patient patient, float x, float y)
    {
        float half = patient.SpineHalfWidth * (0.86f + (0.22f * Shade.Clamp01(y)));
        float d = x - patient.Spine[y];
        float beside = Math.Abs(d);
        if (beside > half + 0.045f)
        {
            return 0f;
        }

        float pitch = patient.VertebraPitch * (0.85f + (0.25f * Shade.Clamp01(y)));
        float cell = (y / pitch) + patient.VertebraPhase;
        cell -= MathF.Floor(cell);
        float disc = Shade.Smooth(0.13f, 0.03f, Math.Min(cell, 1f - cell));
        float body = Shade.Smooth(half + 0.004f, half - 0.006f, beside - (0.007f * disc));
        float value = body * (0.24f - (0.10f * disc));
        // Pedicles: two rings per vertebra; spinous process: a drop in the middle, half a body lower.
        float pedicleX = (beside - (0.62f * half)) / 0.0095f;
        float pedicleY = (cell - 0.36f) * pitch / 0.0125f;
        float ring = (pedicleX * pedicleX) + (pedicleY * pedicleY);
        value += 0.07f * Shade.Smooth(1.5f, 0.6f, ring);
        float processX = d / 0.0075f;
        float processY = (cell - 0.72f) * pitch / 0.017f;
        value += 0.07f * Shade.Smooth(1.4f, 0.4f, (processX * processX) + (processY * processY));
        // Transverse processes reach beyond the body.
        float transverse = Shade.Smooth(half + 0.045f, half, beside) * Shade.Smooth(0.17f, 0.06f, Math.Abs(cell - 0.36f));
        return value + (0.05f * transverse * (1f - body));
    }

    private static void PaintAirway(Canvas canvas, Patient patient, float[] airway)
    {
        float carina = patient.HilumY - 0.085f;
        float x = patient.Midline + 0.004f;
        canvas.Stroke(
            airway,
            [new(x, -0.3f, 0.0165f, 0.95f), new(x, 0.1f, 0.0165f, 1f), new(x + 0.004f, carina, 0.0155f, 0.95f)],
            0f,
            0.009f
        );
        canvas.Stroke(
            airway,
            [
                new(x + 0.004f, carina, 0.0135f, 0.9f),
                new(x - 0.05f, carina + 0.055f, 0.011f, 0.75f),
                new(x - 0.085f, carina + 0.10f, 0.008f, 0.2f),
            ],
            0f,
            0.008f
        );
        canvas.Stroke(
            airway,
            [
                new(x + 0.004f, carina, 0.0125f, 0.9f),
                new(x + 0.065f, carina + 0.05f, 0.010f, 0.7f),
                new(x + 0.1f, carina + 0.08f, 0.007f, 0.15f),
            ],
            0f,
            0.008f
        );
    }
}
