namespace CxrOnnx.Phantom;

/// <summary>Ribs, clavicles, scapulae and humeri.</summary>
internal static class SkeletonPainter
{
    private const int Steps = 22;

    public static void Paint(Canvas canvas, Patient patient, float[] attenuation, PhantomRandom random)
    {
        float[] posterior = canvas.Layer();
        float[] anterior = canvas.Layer();
        float[] girdle = canvas.Layer();
        Ribs(canvas, patient, posterior, anterior, random);
        for (int side = 0; side < 2; side++)
        {
            Clavicle(canvas, patient, side, girdle, random);
            Scapula(canvas, patient, side, anterior, random);
            Humerus(canvas, patient, side, girdle, random);
        }

        float contrast = random.Range(0.85f, 1.2f) * (1f - (0.15f * patient.Habitus));
        for (int i = 0; i < canvas.Pixels; i++)
        {
            attenuation[i] += contrast * ((0.155f * posterior[i]) + (0.085f * anterior[i]) + (0.25f * girdle[i]));
        }
    }

    private static void Ribs(Canvas canvas, Patient patient, float[] posterior, float[] anterior, PhantomRandom random)
    {
        float top = (0.5f * (patient.Apex[0] + patient.Apex[1])) - 0.012f + random.Around(0.01f);
        float bottom = (0.5f * (patient.Base[0] + patient.Base[1])) - 0.02f;
        float pitch = (bottom - top) / 9.6f;
        float drop = random.Range(0.045f, 0.09f);
        float front = random.Range(0.13f, 0.19f);
        Span<StrokePoint> points = stackalloc StrokePoint[Steps];
        for (int side = 0; side < 2; side++)
        {
            for (int rib = 0; rib < 11; rib++)
            {
                float start = top + (rib * pitch * (0.88f + (0.012f * rib))) + random.Around(0.004f);
                float low = Math.Clamp(rib / 3f, 0f, 1f);
                float droop = drop * (0.75f + (0.5f * low));
                float half = 0.0098f + (0.0012f * low) + random.Around(0.0008f);
                float end = patient.Lateral(side, start + droop) + 0.012f;
                if (rib == 0)
                {
                    end = Math.Min(end, 0.19f);
                }

                for (int k = 0; k < Steps; k++)
                {
                    float s = k / (Steps - 1f);
                    float u = 0.032f + (s * (end - 0.032f));
                    // Up a little from the spine, then down with growing slope towards the side.
                    float y = start - (0.024f * MathF.Sin(MathF.PI * Math.Min(1f, s * 1.25f))) + (droop * s * s * (0.55f + (0.45f * s)));
                    points[k] = new(patient.X(side, u), y, half * (1.06f - (0.16f * s)), 1f - (0.12f * s));
                }

                canvas.Stroke(posterior, points, 0.55f);
                if (rib is 0 or > 7)
                {
                    continue;
                }

                // The anterior arc: back from the side, down and inwards, fading where bone becomes cartilage.
                StrokePoint last = points[Steps - 1];
                float reach = 0.50f + (0.045f * rib) + random.Around(0.04f);
                float endU = end * (1f - reach) + 0.035f;
                for (int k = 0; k < Steps; k++)
                {
                    float s = k / (Steps - 1f);
                    float turn = MathF.Sin(0.5f * MathF.PI * s);
                    float u = end - ((end - endU) * s);
                    float y = last.Y + (front * (0.35f + (0.65f * low)) * ((0.55f * turn) + (0.45f * s)));
                    float fade = 1f - Shade.Smooth(0.62f, 1f, s);
                    points[k] = new(
                        patient.X(side, u),
                        y,
                        half * (0.98f + (0.22f * s)),
                        (0.25f + (0.75f * Shade.Smooth(0f, 0.12f, s))) * fade
                    );
                }

                canvas.Stroke(anterior, points, 0.4f);
            }
        }
    }

    private static void Clavicle(Canvas canvas, Patient patient, int side, float[] layer, PhantomRandom random)
    {
        float inner = patient.Apex[side] + 0.075f + random.Around(0.012f);
        float rise = random.Range(0.035f, 0.085f);
        float half = random.Range(0.0115f, 0.0145f);
        Span<StrokePoint> points = stackalloc StrokePoint[14];
        for (int k = 0; k < points.Length; k++)
        {
            float s = k / (points.Length - 1f);
            float u = 0.03f + (0.35f * s);
            float y = inner - (rise * s) - (0.016f * MathF.Sin(2f * MathF.PI * (s - 0.08f)));
            points[k] = new(patient.X(side, u), y, half * (1.25f - (0.75f * s * (1.6f - s))), 0.95f);
        }

        canvas.Stroke(layer, points, 0.55f);
    }

    private static void Scapula(Canvas canvas, Patient patient, int side, float[] layer, PhantomRandom random)
    {
        // Only a hint: the blade's medial border, the spine and the lateral border, mostly beyond the lung.
        float shift = random.Around(0.02f);
        float u = patient.Reach[side] - 0.075f + shift;
        float y = patient.Apex[side] + 0.07f;
        float strength = random.Range(0.35f, 0.75f);
        canvas.Stroke(
            layer,
            [
                new(patient.X(side, u + 0.015f), y, 0.004f, 0.2f * strength),
                new(patient.X(side, u - 0.012f), y + 0.11f, 0.0055f, strength),
                new(patient.X(side, u + 0.005f), y + 0.22f, 0.006f, strength),
                new(patient.X(side, u + 0.045f), y + 0.31f, 0.007f, strength),
                new(patient.X(side, u + 0.075f), y + 0.24f, 0.008f, strength),
                new(patient.X(side, u + 0.105f), y + 0.08f, 0.013f, strength),
            ],
            0f,
            0.008f
        );
        canvas.Stroke(
            layer,
            [
                new(patient.X(side, u + 0.0f), y + 0.06f, 0.006f, 0.4f * strength),
                new(patient.X(side, u + 0.10f), y - 0.005f, 0.010f, strength),
                new(patient.X(side, u + 0.155f), y - 0.03f, 0.014f, strength),
            ],
            0f,
            0.008f
        );
    }

    private static void Humerus(Canvas canvas, Patient patient, int side, float[] layer, PhantomRandom random)
    {
        float u = 0.435f + (0.03f * patient.Habitus) + random.Around(0.012f);
        float y = 0.185f + random.Around(0.015f);
        canvas.Stroke(
            layer,
            [
                new(patient.X(side, u), y, 0.043f, 0.62f),
                new(patient.X(side, u + 0.014f), y + 0.045f, 0.036f, 0.68f),
                new(patient.X(side, u + 0.028f), y + 0.11f, 0.0225f, 0.95f),
                new(patient.X(side, u + 0.09f), y + 0.52f, 0.021f, 0.95f),
                new(patient.X(side, u + 0.13f), y + 0.9f, 0.021f, 0.95f),
            ],
            0.45f
        );
    }
}
