using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Phantom;

/// <summary>
/// Draws findings into the attenuation layer and reads their boxes off the masks that were drawn. Every finding changes the attenuation at
/// least as much as a rib does.
/// </summary>
internal sealed class FindingPainter(Canvas canvas, Patient patient, AnatomyLayers layers, PhantomRandom random)
{
    /// <summary>A pixel belongs to the box when the finding's mask reaches this share of its own maximum.</summary>
    private const float BoxLevel = 0.35f;

    private readonly float[] _mask = canvas.Layer();

    /// <summary>Paints all sites of a finding; the boxes are in the order of the sites.</summary>
    public IReadOnlyList<PixelBox> Paint(FindingPlan plan)
    {
        var boxes = new List<PixelBox>(plan.Sites.Count);
        foreach (FindingSite site in plan.Sites)
        {
            float severity = Math.Clamp(plan.Severity + random.Around(0.12f), 0f, 1f);
            PixelRegion region = plan.Pathology switch
            {
                "cardiomegaly" => PixelRegion.Of(layers.Heart, canvas, 0.5f),
                "pneumothorax" => new PleuraPainter(canvas, patient, layers, random, _mask).Pneumothorax(site, severity),
                "pleural effusion" => new PleuraPainter(canvas, patient, layers, random, _mask).Effusion(site, severity),
                "atelectasis" => Atelectasis(site, severity),
                "edema" => Edema(site, severity),
                "consolidation" => Blob(site, severity, 0.38f, 0.60f, 0.22f, 0.5f, 0.15f),
                "pneumonia" => Blob(site, severity, 0.36f, 0.56f, 0.5f, 0.6f, 0.8f),
                _ => Opacity(site, severity),
            };
            boxes.Add(region.Box);
        }

        return boxes;
    }

    /// <summary>
    /// An airspace opacity: an ellipse whose border and inside are disturbed by noise, in the lung only.
    /// </summary>
    /// <param name="site">Where.</param>
    /// <param name="severity">0..1: larger and denser.</param>
    /// <param name="low">Added attenuation at severity 0.</param>
    /// <param name="high">Added attenuation at severity 1.</param>
    /// <param name="softness">Width of the border, in radii.</param>
    /// <param name="ragged">How far the noise moves the border, in radii.</param>
    /// <param name="patchy">0 homogeneous; 1 all patches.</param>
    private PixelRegion Blob(FindingSite site, float severity, float low, float high, float softness, float ragged, float patchy)
    {
        FindingPlace place = FindingPlace.In(patient, site, random, severity);
        float density = low + ((high - low) * severity);
        FillEllipse(place, softness, ragged, patchy, 17f, 42f);
        PixelRegion region = Apply(place.Bounds(canvas, 2f), density, 0.7f);
        if (patchy < 0.5f)
        {
            // Consolidation: dark bronchi stay open inside, pointing to the hilum.
            AirBronchograms(place, region, density);
        }

        return region;
    }

    private PixelRegion Opacity(FindingSite site, float severity)
    {
        // A rounded, sharper opacity (nodule or mass) or a hazy one.
        FindingPlace place = FindingPlace.In(patient, site, random, severity);
        bool mass = random.Chance(0.45f);
        if (mass)
        {
            place = place with { RadiusX = place.RadiusX * 0.8f, RadiusY = place.RadiusX * 0.8f * random.Range(0.8f, 1.2f) };
        }

        FillEllipse(place, mass ? 0.16f : 0.55f, mass ? 0.12f : 0.25f, 0f, 7f, 20f);
        return Apply(place.Bounds(canvas, 2f), (mass ? 0.40f : 0.33f) + (0.18f * severity), mass ? 0.9f : 0.25f);
    }

    private void FillEllipse(FindingPlace place, float softness, float ragged, float patchy, float coarseCells, float fineCells)
    {
        var coarse = new SmoothNoise(canvas, random, coarseCells);
        var fine = new SmoothNoise(canvas, random, fineCells);
        (int x0, int y0, int x1, int y1) = place.Bounds(canvas, 2f);
        float cos = MathF.Cos(place.Angle);
        float sin = MathF.Sin(place.Angle);
        Span<float> border = new float[x1 - x0];
        Span<float> inside = new float[x1 - x0];
        for (int py = y0; py < y1; py++)
        {
            border.Clear();
            coarse.AddRow(border, py, x0, 0.65f);
            fine.AddRow(border, py, x0, 0.35f);
            inside.Clear();
            fine.AddRow(inside, py, x0, 1.6f);
            (float x, float y) = canvas.Frame.FromPixel(x0 + 0.5f, py + 0.5f);
            int row = py * canvas.Width;
            for (int px = x0; px < x1; px++, x += canvas.Frame.StepX, y += canvas.Frame.StepY)
            {
                float dx = x - place.X;
                float dy = y - place.Y;
                float ex = ((cos * dx) + (sin * dy)) / place.RadiusX;
                float ey = ((cos * dy) - (sin * dx)) / place.RadiusY;
                float r = MathF.Sqrt((ex * ex) + (ey * ey)) + (ragged * border[px - x0]);
                float value = Shade.Smooth(1f + softness, 1f - softness, r);
                value *= 1f - (patchy * 0.75f * Shade.Clamp01(0.5f + inside[px - x0]) * Shade.Smooth(0.1f, 0.9f, r));
                _mask[row + px] = value * Readable(row + px);
            }
        }
    }

    private void AirBronchograms(FindingPlace place, PixelRegion region, float density)
    {
        float[] air = canvas.Layer();
        float hilumX = patient.X(place.Side, 0.08f);
        float toX = place.X - hilumX;
        float toY = place.Y - patient.HilumY;
        float length = Math.Max(0.05f, MathF.Sqrt((toX * toX) + (toY * toY)));
        int branches = 2 + random.Int(3);
        for (int i = 0; i < branches; i++)
        {
            float angle = MathF.Atan2(toY, toX) + random.Around(0.7f);
            float reach = place.RadiusX * random.Range(0.9f, 1.4f);
            float fromX = place.X - (toX / length * place.RadiusX * 0.7f);
            float fromY = place.Y - (toY / length * place.RadiusY * 0.7f);
            canvas.Stroke(
                air,
                [
                    new(fromX, fromY, 0.0062f, 1f),
                    new(fromX + (reach * MathF.Cos(angle)), fromY + (reach * MathF.Sin(angle)), 0.0035f, 0.4f),
                ],
                0f,
                0.006f
            );
        }

        for (int y = region.Y0; y < region.Y1; y++)
        {
            for (int i = (y * canvas.Width) + region.X0, end = (y * canvas.Width) + region.X1; i < end; i++)
            {
                layers.Attenuation[i] -= 0.32f * density * air[i] * layers.Air[i];
            }
        }
    }

    private PixelRegion Atelectasis(FindingSite site, float severity)
    {
        FindingPlace place = FindingPlace.In(patient, site, random, severity);
        _mask.AsSpan(0, canvas.Pixels).Clear();
        int bands = 1 + random.Int(3);
        float slope = random.Around(0.5f) * (site.Side == 0 ? -1f : 1f);
        float reach = place.RadiusX * 1.35f;
        for (int i = 0; i < bands; i++)
        {
            float y = place.Y + ((i - (0.5f * (bands - 1))) * random.Range(0.030f, 0.045f));
            float half = random.Range(0.0075f, 0.0125f) + (0.004f * severity);
            float bow = random.Around(0.025f);
            float left = place.X - (reach * random.Range(0.75f, 1f));
            float right = place.X + (reach * random.Range(0.75f, 1f));
            canvas.Stroke(
                _mask,
                [
                    new(left, y - (slope * reach * 0.5f), half * 0.6f, 0.8f),
                    new(0.5f * (left + right), y + bow, half, 1f),
                    new(right, y + (slope * reach * 0.5f), half * 0.6f, 0.8f),
                ],
                0f,
                0.008f
            );
        }

        // Crowded lung around the bands: a haze that widens downwards.
        (int x0, int y0, int x1, int y1) bounds = canvas.Bounds(
            place.X - (1.5f * reach),
            place.Y - 0.14f,
            place.X + (1.5f * reach),
            place.Y + 0.14f
        );
        float haze = random.Range(0.38f, 0.5f);
        for (int py = bounds.y0; py < bounds.y1; py++)
        {
            (float x, float y) = canvas.Frame.FromPixel(bounds.x0 + 0.5f, py + 0.5f);
            for (int px = bounds.x0; px < bounds.x1; px++, x += canvas.Frame.StepX, y += canvas.Frame.StepY)
            {
                int i = (py * canvas.Width) + px;
                float ex = (x - place.X) / reach;
                float ey = (y - place.Y - (slope * 0.5f * (x - place.X)) - 0.01f) / 0.055f;
                float cloud = haze * Shade.Smooth(1.15f, 0.3f, (ex * ex) + (ey * ey));
                _mask[i] = Math.Max(_mask[i], cloud) * Readable(i);
            }
        }

        return Apply(bounds, 0.34f + (0.2f * severity), 0.3f);
    }

    private PixelRegion Edema(FindingSite site, float severity)
    {
        // Fluid around the hilum (bat wing), coarser vessels, septal lines at the base.
        float hilumU = 0.10f;
        float hilumY = patient.HilumY + 0.03f;
        float top = 0f;
        float radiusU = 0.155f + (0.05f * severity) + random.Around(0.02f);
        float radiusY = 0.20f + (0.05f * severity) + random.Around(0.03f);
        if (site.Zone == Zone.Base)
        {
            hilumY = patient.Dome[site.Side] - 0.09f;
            hilumU = 0.18f;
            radiusY *= 0.62f;
            top = 0.3f;
        }

        float[] lines = canvas.Layer();
        int septa = 7 + (int)(8 * severity);
        for (int i = 0; i < septa; i++)
        {
            float y = patient.Dome[site.Side] - random.Range(-0.03f, 0.20f);
            float end = patient.Lateral(site.Side, y) - 0.006f;
            float start = end - random.Range(0.03f, 0.07f);
            canvas.Stroke(
                lines,
                [new(patient.X(site.Side, start), y - 0.004f, 0.0022f, 0.7f), new(patient.X(site.Side, end), y, 0.0026f, 1f)]
            );
        }

        var coarse = new SmoothNoise(canvas, random, 12f);
        var fine = new SmoothNoise(canvas, random, 34f);
        float outer = patient.Reach[site.Side] + 0.02f;
        float left = Math.Min(patient.X(site.Side, 0f), patient.X(site.Side, outer));
        (int X0, int Y0, int X1, int Y1) bounds = canvas.Bounds(
            left,
            patient.Apex[site.Side] - 0.02f,
            left + outer,
            patient.Base[site.Side] + 0.02f
        );
        float[] noise = new float[Math.Max(0, bounds.X1 - bounds.X0)];
        float density = 0.27f + (0.20f * severity);
        _mask.AsSpan(0, canvas.Pixels).Clear();
        for (int py = bounds.Y0; py < bounds.Y1; py++)
        {
            Array.Clear(noise);
            coarse.AddRow(noise, py, bounds.X0, 0.30f);
            fine.AddRow(noise, py, bounds.X0, 0.30f);
            (float x, float y) = canvas.Frame.FromPixel(bounds.X0 + 0.5f, py + 0.5f);
            for (int px = bounds.X0; px < bounds.X1; px++, x += canvas.Frame.StepX, y += canvas.Frame.StepY)
            {
                int i = (py * canvas.Width) + px;
                float u = site.Side == 0 ? patient.Midline - x : x - patient.Midline;
                if (u < -0.01f)
                {
                    continue;
                }

                float eu = (u - hilumU) / radiusU;
                float ey = (y - hilumY) / radiusY;
                float r = MathF.Sqrt((eu * eu) + (ey * ey));
                float wing = Shade.Smooth(1.35f, 0.35f, r + (0.5f * noise[px - bounds.X0])) * (1f + noise[px - bounds.X0]);
                wing *= Readable(i) * (y < patient.Apex[site.Side] + top ? 0f : 1f);
                _mask[i] = Shade.Clamp01(wing);
                layers.Attenuation[i] += layers.Lung[i] * ((0.13f * lines[i]) + (0.10f * layers.Vessels[i]));
            }
        }

        return Apply(bounds, density, 0.1f);
    }

    /// <summary>How well a finding can be seen at a pixel: in the lung fully, behind the heart a little.</summary>
    private float Readable(int i) => layers.Lung[i] * (1f - (0.7f * layers.Heart[i]));

    /// <summary>Adds the mask to the attenuation inside a rectangle, dims the vessels under it, and returns the drawn region.</summary>
    private PixelRegion Apply((int X0, int Y0, int X1, int Y1) bounds, float density, float hideVessels)
    {
        for (int py = bounds.Y0; py < bounds.Y1; py++)
        {
            for (int i = (py * canvas.Width) + bounds.X0, end = (py * canvas.Width) + bounds.X1; i < end; i++)
            {
                float value = _mask[i];
                // Where little air is left (behind the heart) there is less to fill.
                layers.Attenuation[i] += density * value * (0.25f + (0.75f * layers.Air[i]));
                layers.Vessels[i] *= 1f - (hideVessels * value);
            }
        }

        return PixelRegion.Of(_mask, canvas, BoxLevel, bounds);
    }
}
