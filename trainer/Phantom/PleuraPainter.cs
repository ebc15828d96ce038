using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>Findings of the pleural space: air (pneumothorax) and fluid (effusion).</summary>
internal sealed class PleuraPainter(Canvas canvas, Patient patient, AnatomyLayers layers, PhantomRandom random, float[] mask)
{
    private const float BoxLevel = 0.35f;

    /// <summary>Air between lung and chest wall: darker, without vessels, bounded by the thin white line of the pleura.</summary>
    public PixelRegion Pneumothorax(FindingSite site, float severity)
    {
        float depth = 0.058f + (0.055f * severity) + random.Around(0.012f);
        (float top, float bottom) = site.Zone switch
        {
            Zone.Apical => (-0.05f, random.Range(0.24f, 0.38f)),
            Zone.Upper => (-0.05f, random.Range(0.36f, 0.5f)),
            Zone.Pleural => (random.Range(0.15f, 0.4f), random.Range(0.85f, 1.0f)),
            Zone.Base or Zone.Lower or Zone.Costophrenic => (random.Range(0.5f, 0.65f), 1.08f),
            Zone.Middle or Zone.Lingula => (random.Range(0.3f, 0.4f), random.Range(0.66f, 0.75f)),
            _ => (-0.05f, random.Range(0.65f, 1.0f)),
        };
        float span = patient.Base[site.Side] - patient.Apex[site.Side];
        bool open = top < 0f;
        var offset = new Curve(
            -0.1f,
            1.2f,
            h =>
            {
                float t = (h - top) / (bottom - top);
                if (t is < 0f or > 1f)
                {
                    return 0f;
                }

                // From the apex the air thins out downwards; elsewhere it is a lens against the wall.
                return open ? depth * MathF.Sqrt(1f - (t * t)) : depth * MathF.Sqrt(Math.Max(0f, 4f * t * (1f - t)));
            }
        );
        float darken = 0.15f + (0.05f * severity);
        return OverLung(
            site.Side,
            (i, u, y) =>
            {
                float h = (y - patient.Apex[site.Side]) / span;
                float edge = offset[h];
                float wall = layers.Wall[i];
                if (edge <= 0.004f)
                {
                    return 0f;
                }

                float air = Shade.Smooth(0.004f, -0.004f, wall - edge) * layers.Lung[i];
                float line = Shade.Smooth(0.0052f, 0.0018f, Math.Abs(wall - edge)) * layers.Lung[i];
                float lung = Shade.Smooth(0.004f, 0.03f, wall - edge) * layers.Air[i];
                layers.Vessels[i] *= 1f - air;
                layers.Attenuation[i] += (0.17f * line) - (darken * air * layers.Air[i]) + (0.045f * lung * (0.3f + severity));
                return air;
            }
        );
    }

    /// <summary>Fluid: fills the lowest part of the pleural space, its upper border rising to the wall (meniscus).</summary>
    public PixelRegion Effusion(FindingSite site, float severity)
    {
        (float height, float rise, float sharp) = site.Zone switch
        {
            Zone.Costophrenic => (0.02f, 0.10f + (0.05f * severity), 5f),
            Zone.Base => (0.035f + (0.04f * severity), 0.07f + (0.03f * severity), 3f),
            Zone.Pleural => (0.03f, 0.16f + (0.16f * severity), 6f),
            Zone.Lower => (0.04f + (0.06f * severity), 0.12f + (0.05f * severity), 3.5f),
            _ => (0.03f + (0.15f * severity), 0.13f + (0.07f * severity), 3.5f),
        };
        height *= random.Range(0.8f, 1.25f);
        rise *= random.Range(0.8f, 1.25f);
        float bottom = patient.Dome[site.Side];
        float angle = patient.Base[site.Side];
        float density = 0.52f + (0.16f * severity);
        return OverLung(
            site.Side,
            (i, u, y) =>
            {
                float inner = patient.Medial(site.Side, y);
                float s = Shade.Clamp01((u - inner) / Math.Max(0.05f, patient.Lateral(site.Side, y) - inner));
                // The fluid's floor is the dome medially and the costophrenic angle laterally.
                float floor = bottom + ((angle - bottom) * 0.55f * s * s);
                float level = floor - height - (rise * MathF.Pow(s, sharp));
                float fluid = Shade.Smooth(-0.012f, 0.014f, y - level);
                if (site.Zone is Zone.Costophrenic)
                {
                    fluid *= Shade.Smooth(0.42f, 0.58f, s);
                }

                float band =
                    site.Zone == Zone.Pleural ? Shade.Smooth(0.052f + (0.03f * severity), 0.03f + (0.03f * severity), layers.Wall[i]) : 1f;
                float value =
                    fluid
                    * Math.Max(band, Shade.Smooth(-0.01f, 0.02f, y - (floor - 0.045f)))
                    * layers.Lung[i]
                    * (1f - (0.7f * layers.Heart[i]));
                layers.Attenuation[i] += density * value * (0.12f + (0.88f * layers.Air[i]));
                layers.Vessels[i] *= 1f - value;
                return value;
            }
        );
    }

    private PixelRegion OverLung(int side, Func<int, float, float, float> paint)
    {
        float outer = patient.Reach[side] + 0.03f;
        float left = Math.Min(patient.X(side, 0f), patient.X(side, outer));
        (int X0, int Y0, int X1, int Y1) bounds = canvas.Bounds(left, patient.Apex[side] - 0.03f, left + outer, patient.Base[side] + 0.03f);
        mask.AsSpan(0, canvas.Pixels).Clear();
        for (int py = bounds.Y0; py < bounds.Y1; py++)
        {
            (float x, float y) = canvas.Frame.FromPixel(bounds.X0 + 0.5f, py + 0.5f);
            for (int px = bounds.X0; px < bounds.X1; px++, x += canvas.Frame.StepX, y += canvas.Frame.StepY)
            {
                int i = (py * canvas.Width) + px;
                float u = side == 0 ? patient.Midline - x : x - patient.Midline;
                if (u > 0f && layers.Lung[i] > 0f)
                {
                    mask[i] = paint(i, u, y);
                }
            }
        }

        return PixelRegion.Of(mask, canvas, BoxLevel, bounds);
    }
}
