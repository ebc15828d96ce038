namespace CxrOnnx.Trainer.Phantom;

/// <summary>The cardiac silhouette as a union of ellipses (right atrium, both ventricles, left atrial appendage), and the mediastinum above it.</summary>
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
        _right = Curve.Through(-0.3f, 1.3f, (-0.3f, 0.05f * w), (knob - 0.06f, 0.047f * w), (knob, 0.054f * w), (hilum, 0.058f * w), (hilum + 0.1f, 0.05f), (0.9f, 0.05f));
        _left = Curve.Through(-0.3f, 1.3f, (-0.3f, 0.05f * w), (knob - 0.07f, 0.046f * w), (knob + 0.05f, 0.046f * w), (hilum - 0.02f, 0.07f * w), (hilum + 0.05f, 0.074f * w), (hilum + 0.12f, 0.06f), (0.9f, 0.05f));
        KnobY = knob;
    }

    public float KnobY { get; }

    /// <summary>Cover of the heart at a point, 0..1; <paramref name="bulk"/> grows towards the thick middle.</summary>
    public float Cover(float x, float y, out float bulk)
    {
        float best = 0f;
        float dx = x - _patient.HeartX;
        float dy = y - _patient.HeartY;
        if (Math.Abs(dx) > 0.42f || Math.Abs(dy) > 0.36f)
        {
            bulk = 0f;
            return 0f;
        }

        // Right atrium.
        best = Math.Max(best, Ellipse(dx + (0.028f * _scale), dy + 0.028f, 0.082f * _scale, 0.118f * _tall));
        // Ventricles: a long ellipse that points down and to the patient's left.
        float vx = dx - (0.052f * _scale);
        float vy = dy - (0.004f * _tall);
        float along = (Cosine * vx) + (Sine * vy);
        float across = (Cosine * vy) - (Sine * vx);
        best = Math.Max(best, Ellipse(along, across, 0.150f * _scale, 0.098f * _tall));
        // Left atrial appendage and outflow.
        best = Math.Max(best, Ellipse(dx - (0.030f * _scale), dy + (0.085f * _tall), 0.062f * _scale, 0.085f * _tall));
        bulk = MathF.Sqrt(best);
        return Shade.Smooth(0f, 0.13f, best);
    }

    /// <summary>Cover of the mediastinum above the heart, the aortic knob included, 0..1.</summary>
    public float Mediastinum(int side, float u, float y)
    {
        float cover = Shade.Smooth(0.006f, -0.006f, u - (side == 0 ? _right[y] : _left[y]));
        if (side == 1)
        {
            float kx = u - 0.036f;
            float ky = y - KnobY;
            float r = _patient.KnobRadius;
            cover = Math.Max(cover, Shade.Smooth(1.15f, 0.85f, ((kx * kx) + (ky * ky * 0.8f)) / (r * r)));
        }

        return cover;
    }

    private static float Ellipse(float x, float y, float a, float b) => Math.Max(0f, 1f - (x * x / (a * a)) - (y * y / (b * b)));
}
