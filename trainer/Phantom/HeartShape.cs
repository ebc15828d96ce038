namespace CxrOnnx.Phantom;

/// <summary>
/// The cardiac silhouette as a union of ellipses (right atrium, both ventricles, left atrial appendage), and the mediastinum above it.
/// </summary>
internal sealed class HeartShape
{
    private const float Cosine = 0.883f;
    private const float Sine = 0.469f;
    private readonly Patient _patient;
    private readonly Curve _right;
    private readonly Curve _left;
    private readonly float _scale;
    private readonly float _tall;

    public HeartShape(Patient patient)
    {
        _patient = patient;
        _scale = patient.HeartWidth;
        _tall = patient.HeartHeight;
        float knob = patient.HilumY - 0.125f;
        float w = patient.MediastinumWidth;
        float hilum = patient.HilumY;
        _right = Curve.Through(
            -0.3f,
            1.3f,
            (-0.3f, 0.056f * w),
            (knob - 0.06f, 0.055f * w),
            (knob + 0.02f, 0.066f * w),
            (hilum, 0.072f * w),
            (hilum + 0.1f, 0.07f),
            (0.9f, 0.05f)
        );
        _left = Curve.Through(
            -0.3f,
            1.3f,
            (-0.3f, 0.056f * w),
            (knob - 0.07f, 0.052f * w),
            (knob + 0.045f, 0.056f * w),
            (hilum - 0.03f, 0.083f * w),
            (hilum + 0.04f, 0.092f * w),
            (hilum + 0.14f, 0.09f),
            (0.9f, 0.06f)
        );
        KnobY = knob;
    }

    public float KnobY { get; }

    /// <summary>Cover of the heart at a point, 0..1; <paramref name="bulk"/> grows towards the thick middle.</summary>
    public float Cover(float x, float y, out float bulk)
    {
        float dx = x - _patient.HeartX;
        float dy = y - _patient.HeartY;
        if (Math.Abs(dx) > 0.42f || Math.Abs(dy) > 0.36f)
        {
            bulk = 0f;
            return 0f;
        }

        // Right atrium.
        float best = Ellipse(dx + (0.030f * _scale), dy + (0.034f * _tall), 0.086f * _scale, 0.150f * _tall);
        // Ventricles: a long ellipse that points down and to the patient's left.
        float vx = dx - (0.066f * _scale);
        float vy = dy - (0.004f * _tall);
        float along = (Cosine * vx) + (Sine * vy);
        float across = (Cosine * vy) - (Sine * vx);
        best = Join(best, Ellipse(along, across, 0.168f * _scale, 0.110f * _tall));
        // Left atrial appendage and outflow.
        best = Join(best, Ellipse(dx - (0.036f * _scale), dy + (0.085f * _tall), 0.082f * _scale, 0.105f * _tall));
        bulk = MathF.Sqrt(Math.Max(0f, best));
        return Shade.Smooth(-0.04f, 0.12f, best);
    }

    /// <summary>Cover of the mediastinum above the heart, the aortic knob included, 0..1.</summary>
    public float Mediastinum(int side, float u, float y)
    {
        float cover = Shade.Smooth(0.006f, -0.006f, u - (side == 0 ? _right[y] : _left[y]));
        if (side == 1)
        {
            float kx = u - 0.047f;
            float ky = y - KnobY;
            float r = _patient.KnobRadius;
            cover = Math.Max(cover, Shade.Smooth(1.15f, 0.85f, ((kx * kx) + (ky * ky * 0.8f)) / (r * r)));
        }

        return cover;
    }

    /// <summary>1 in the centre, 0 on the border, negative outside.</summary>
    private static float Ellipse(float x, float y, float a, float b) => 1f - (x * x / (a * a)) - (y * y / (b * b));

    /// <summary>Maximum with a rounded seam, so that the chambers make one outline.</summary>
    private static float Join(float a, float b)
    {
        const float Seam = 0.7f;
        float near = Math.Max(0f, Seam - Math.Abs(a - b));
        return Math.Max(a, b) + (near * near / (4f * Seam));
    }
}
