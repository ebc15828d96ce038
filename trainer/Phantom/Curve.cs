namespace CxrOnnx.Phantom;

/// <summary>A tabulated function of one variable, read with linear interpolation and held constant beyond its ends.</summary>
internal sealed class Curve
{
    private const int Cells = 256;
    private readonly float[] _values = new float[Cells + 2];
    private readonly float _start;
    private readonly float _rate;

    public Curve(float start, float end, Func<float, float> function)
    {
        _start = start;
        _rate = Cells / (end - start);
        for (int i = 0; i <= Cells; i++)
        {
            _values[i] = function(start + (i / _rate));
        }

        _values[Cells + 1] = _values[Cells];
    }

    /// <summary>Monotone-looking interpolation (smoothstep between neighbours) through (position, value) knots.</summary>
    public static Curve Through(float start, float end, params (float At, float Value)[] knots) =>
        new(
            start,
            end,
            t =>
            {
                int i = 0;
                while (i < knots.Length - 2 && t > knots[i + 1].At)
                {
                    i++;
                }

                (float at, float value) = knots[i];
                (float nextAt, float nextValue) = knots[i + 1];
                float s = Math.Clamp((t - at) / (nextAt - at), 0f, 1f);
                s = (0.5f * s) + (0.5f * s * s * (3f - (2f * s)));
                return value + ((nextValue - value) * s);
            }
        );

    public float this[float t]
    {
        get
        {
            float position = (t - _start) * _rate;
            if (!(position > 0f))
            {
                return _values[0];
            }

            if (position >= Cells)
            {
                return _values[Cells];
            }

            int i = (int)position;
            float low = _values[i];
            return low + ((_values[i + 1] - low) * (position - i));
        }
    }
}
