namespace CxrOnnx.Phantom;

/// <summary>
/// What lies on or in the patient without being a finding: electrodes and their wires, catheters, tubes, the side marker, breasts.
/// </summary>
internal static class HardwarePainter
{
    public static void Paint(Canvas canvas, Patient patient, float[] attenuation, PhantomSettings settings, PhantomRandom random)
    {
        float[] layer = canvas.Layer();
        if (random.Chance(settings.Hardware))
        {
            Electrodes(canvas, layer, random);
        }

        if (random.Chance(0.45f * settings.Hardware))
        {
            CentralLine(canvas, patient, layer, random);
        }

        if (random.Chance(0.3f * settings.Hardware))
        {
            // Feeding tube: down the midline and under the left dome.
            float x = patient.Midline + random.Around(0.008f);
            canvas.Stroke(
                layer,
                [
                    new(x, -0.3f, 0.004f, 0.4f),
                    new(x + 0.004f, 0.35f, 0.004f, 0.4f),
                    new(x - 0.004f, 0.62f, 0.004f, 0.4f),
                    new(x + 0.03f, 0.84f, 0.004f, 0.42f),
                    new(x + 0.11f, 0.93f, 0.004f, 0.45f),
                    new(x + 0.17f, 0.92f, 0.004f, 0.45f),
                ]
            );
        }

        if (random.Chance(0.22f * settings.Hardware))
        {
            float x = patient.Midline + 0.004f;
            canvas.Stroke(layer, [new(x, -0.3f, 0.0085f, 0.28f), new(x + 0.002f, patient.HilumY - 0.14f, 0.0085f, 0.28f)], 0.7f);
        }

        for (int i = 0; i < canvas.Pixels; i++)
        {
            attenuation[i] += layer[i];
        }
    }

    /// <summary>Breast shadows: a disc whose lower edge is the visible one.</summary>
    public static void Breasts(Canvas canvas, Patient patient, float[] attenuation, PhantomRandom random)
    {
        if (!patient.Female)
        {
            return;
        }

        float density = random.Range(0.05f, 0.15f);
        for (int side = 0; side < 2; side++)
        {
            float radius = 0.14f + (0.055f * patient.Habitus) + random.Around(0.02f);
            float cx = patient.X(side, 0.225f + random.Around(0.02f));
            float cy = 0.64f + (0.06f * patient.Habitus) + random.Around(0.03f);
            (int x0, int y0, int x1, int y1) = canvas.Bounds(cx - radius, cy - (1.9f * radius), cx + radius, cy + radius);
            for (int py = y0; py < y1; py++)
            {
                (float x, float y) = canvas.Frame.FromPixel(x0 + 0.5f, py + 0.5f);
                for (int px = x0; px < x1; px++, x += canvas.Frame.StepX, y += canvas.Frame.StepY)
                {
                    float dx = (x - cx) / radius;
                    float dy = (y - cy) / radius;
                    float r = dy > 0f ? MathF.Sqrt((dx * dx) + (dy * dy)) : MathF.Sqrt((dx * dx) + (dy * dy * 0.28f));
                    float upper = Shade.Smooth(-1.8f, 0.6f, dy);
                    attenuation[(py * canvas.Width) + px] +=
                        density * Shade.Smooth(1f, 0.93f, r) * upper * (0.7f + (0.3f * Shade.Clamp01(1f - r)));
                }
            }
        }
    }

    /// <summary>The lead letter in an upper corner: R on the image's left or L on its right.</summary>
    public static void SideMarker(Canvas canvas, float[] image, PhantomRandom random)
    {
        if (!random.Chance(0.8f))
        {
            return;
        }

        float[] layer = canvas.Layer();
        bool right = random.Chance(0.4f);
        // Placed on the image, not on the patient.
        float px = (0.5f * canvas.Width) + ((right ? -1f : 1f) * random.Range(0.425f, 0.46f) * Math.Min(canvas.Width, canvas.Height));
        float py = (0.5f * canvas.Height) - (random.Range(0.38f, 0.45f) * Math.Min(canvas.Width, canvas.Height));
        (float x, float y) = canvas.Frame.FromPixel(px, py);
        float h = random.Range(0.021f, 0.028f);
        float w = 0.6f * h;
        const float Half = 0.0042f;
        StrokePoint P(float dx, float dy) => new(x + (dx * w), y + (dy * h), Half, 1f);
        if (right)
        {
            canvas.Stroke(layer, [P(-1, 1), P(-1, -1), P(0.4f, -1), P(1, -0.7f), P(1, -0.3f), P(0.4f, 0), P(-1, 0)]);
            canvas.Stroke(layer, [P(0.1f, 0), P(1, 1)]);
        }
        else
        {
            canvas.Stroke(layer, [P(-0.8f, -1), P(-0.8f, 1), P(1, 1)]);
        }

        for (int i = 0; i < canvas.Pixels; i++)
        {
            image[i] += (0.96f - image[i]) * layer[i];
        }
    }

    private static void Electrodes(Canvas canvas, float[] layer, PhantomRandom random)
    {
        const int Steps = 16;
        Span<StrokePoint> wire = stackalloc StrokePoint[Steps + 1];
        int count = 2 + random.Int(3);
        for (int i = 0; i < count; i++)
        {
            float side = i % 2 == 0 ? -1f : 1f;
            float x = side * random.Range(0.2f, 0.38f);
            float y = i < 2 ? random.Range(0.2f, 0.34f) : random.Range(0.6f, 0.86f);
            canvas.Stroke(layer, [new(x, y, 0.0125f, 0.30f), new(x + 0.0005f, y, 0.0125f, 0.30f)], 0.5f);
            canvas.Stroke(layer, [new(x, y, 0.0045f, 0.55f), new(x + 0.0005f, y, 0.0045f, 0.55f)]);
            float ex = side * random.Range(0.05f, 0.55f);
            float ey = random.Range(0.9f, 1.15f);
            float mx = (0.5f * (x + ex)) + random.Around(0.09f);
            float my = (0.5f * (y + ey)) + random.Around(0.05f);
            for (int k = 0; k <= Steps; k++)
            {
                float t = k / (float)Steps;
                float a = (1f - t) * (1f - t);
                float b = 2f * t * (1f - t);
                wire[k] = new((a * x) + (b * mx) + (t * t * ex), (a * y) + (b * my) + (t * t * ey), 0.0026f, 0.34f);
            }

            canvas.Stroke(layer, wire);
        }
    }

    private static void CentralLine(Canvas canvas, Patient patient, float[] layer, PhantomRandom random)
    {
        float tip = patient.HilumY + random.Around(0.04f);
        float x = patient.X(0, 0.036f);
        bool jugular = random.Chance(0.5f);
        StrokePoint start = jugular
            ? new(patient.X(0, 0.075f), -0.3f, 0.0034f, 0.36f)
            : new(patient.X(0, 0.30f), patient.Apex[0] + 0.02f, 0.0034f, 0.36f);
        StrokePoint bend = jugular
            ? new(patient.X(0, 0.07f), 0.12f, 0.0034f, 0.36f)
            : new(patient.X(0, 0.13f), patient.Apex[0] + 0.055f, 0.0034f, 0.36f);
        canvas.Stroke(
            layer,
            [
                start,
                bend,
                new(x - 0.012f, patient.Apex[0] + 0.12f, 0.0034f, 0.36f),
                new(x, tip - 0.06f, 0.0034f, 0.36f),
                new(x + 0.003f, tip, 0.0034f, 0.36f),
            ]
        );
    }
}
