using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>An ellipse inside a lung zone, in patient coordinates.</summary>
internal readonly record struct FindingPlace(int Side, float X, float Y, float RadiusX, float RadiusY, float Angle)
{
    /// <summary>Draws a place in a zone: the centre anywhere in the zone, the size from severity and chance.</summary>
    public static FindingPlace In(Patient patient, FindingSite site, PhantomRandom random, float severity)
    {
        (float top, float bottom, float inner, float outer) = site.Zone switch
        {
            Zone.Apical => (0.07f, 0.16f, 0.3f, 0.65f),
            Zone.Upper => (0.18f, 0.36f, 0.3f, 0.85f),
            Zone.Middle => (0.42f, 0.63f, 0.3f, 0.88f),
            Zone.Lower => (0.66f, 0.90f, 0.3f, 0.85f),
            Zone.Costophrenic => (0.92f, 0.98f, 0.80f, 0.90f),
            Zone.Pleural => (0.55f, 0.92f, 0.86f, 0.95f),
            Zone.Base => (0.84f, 0.96f, 0.3f, 0.78f),
            Zone.Lingula => (0.54f, 0.70f, 0.42f, 0.62f),
            _ => (0.12f, 0.92f, 0.28f, 0.88f),
        };
        float x = 0f;
        float y = 0f;
        for (int attempt = 0; attempt < 10; attempt++)
        {
            (x, y) = patient.InLung(site.Side, random.Range(top, bottom), random.Range(inner, outer));
            // What lies behind the heart cannot be read: look for a place beside it.
            if (patient.Heart.Cover(x, y, out _) < 0.5f)
            {
                break;
            }
        }

        float size = 0.055f + (0.036f * severity) + (0.028f * random.Unit());
        if (site.Zone is Zone.Apical or Zone.Costophrenic or Zone.Lingula)
        {
            size *= 0.85f;
        }

        float aspect = random.Range(0.72f, 1.38f);
        if (site.Zone == Zone.Base)
        {
            aspect = random.Range(1.1f, 1.6f);
        }

        return new(site.Side, x, y, size * MathF.Sqrt(aspect), size / MathF.Sqrt(aspect), random.Around(0.7f));
    }

    /// <summary>Pixels within <paramref name="radii"/> radii.</summary>
    public (int X0, int Y0, int X1, int Y1) Bounds(Canvas canvas, float radii)
    {
        float reach = radii * Math.Max(RadiusX, RadiusY);
        return canvas.Bounds(X - reach, Y - reach, X + reach, Y + reach);
    }
}
