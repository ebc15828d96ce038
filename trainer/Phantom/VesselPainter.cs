namespace CxrOnnx.Phantom;

/// <summary>
/// Pulmonary vessels: trees that leave the hila, branch and thin out towards the pleura, and the hilar shadows themselves.
/// </summary>
internal static class VesselPainter
{
    public static void Paint(Canvas canvas, Patient patient, float[] vessels, PhantomRandom random)
    {
        for (int side = 0; side < 2; side++)
        {
            float hilumU = 0.082f + random.Around(0.01f);
            float hilumY = patient.HilumY + (side == 0 ? 0.016f : -0.004f) + random.Around(0.01f);
            // The interlobar artery makes most of the hilar shadow.
            canvas.Stroke(
                vessels,
                [
                    new(patient.X(side, hilumU - 0.03f), hilumY - 0.04f, 0.020f, 0.8f),
                    new(patient.X(side, hilumU), hilumY, 0.024f, 1f),
                    new(patient.X(side, hilumU + 0.012f), hilumY + 0.06f, 0.015f, 0.95f),
                    new(patient.X(side, hilumU + 0.02f), hilumY + 0.115f, 0.010f, 0.85f),
                ],
                0f,
                0.02f
            );
            int count = 8 + random.Int(3);
            for (int i = 0; i < count; i++)
            {
                // From straight up over lateral to straight down.
                float angle = -1.35f + (2.75f * (i + 0.5f + random.Around(0.4f)) / count);
                float length =
                    (0.17f + (0.14f * random.Unit())) * (0.75f + (0.35f * MathF.Abs(MathF.Sin(angle))) + (angle > 0.4f ? 0.15f : 0f));
                float u = hilumU + (0.020f * MathF.Cos(angle));
                float y = hilumY + (0.075f * MathF.Sin(angle)) + 0.012f;
                Branch(canvas, patient, side, vessels, random, u, y, angle, length, 0.0068f + (0.003f * random.Unit()), 0);
            }
        }
    }

    private static void Branch(
        Canvas canvas,
        Patient patient,
        int side,
        float[] layer,
        PhantomRandom random,
        float u,
        float y,
        float angle,
        float length,
        float half,
        int depth
    )
    {
        const int Steps = 6;
        Span<StrokePoint> points = stackalloc StrokePoint[Steps + 1];
        float bend = random.Around(0.5f);
        float strength = depth switch
        {
            0 => 0.66f,
            1 => 0.56f,
            _ => 0.46f,
        };
        for (int k = 0; k <= Steps; k++)
        {
            float s = k / (float)Steps;
            points[k] = new(patient.X(side, u), y, half * (1f - (0.62f * s)), strength * (1f - (0.5f * s)));
            if (k > 0 && k < Steps && depth < 2 && random.Chance(depth == 0 ? 0.75f : 0.5f))
            {
                float turn = (random.Chance(0.5f) ? 1f : -1f) * random.Range(0.35f, 0.85f);
                Branch(
                    canvas,
                    patient,
                    side,
                    layer,
                    random,
                    u,
                    y,
                    angle + turn,
                    length * random.Range(0.4f, 0.62f) * (1.15f - (0.5f * s)),
                    half * (1f - (0.62f * s)) * 0.74f,
                    depth + 1
                );
            }

            angle += bend / Steps;
            u += length / Steps * MathF.Cos(angle);
            y += length / Steps * MathF.Sin(angle);
        }

        canvas.Stroke(layer, points, 0f, 0.005f);
    }
}
