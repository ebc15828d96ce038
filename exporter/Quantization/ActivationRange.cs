namespace CxrOnnx.Exporter.Quantization;

/// <summary>The values of an activation that 8 unsigned bits are spread over; what lies beyond is clipped to the nearest end.</summary>
/// <param name="Least">Lower end.</param>
/// <param name="Greatest">Upper end.</param>
public readonly record struct ActivationRange(float Least, float Greatest)
{
    private const int Levels = byte.MaxValue;

    // A range of one value has no step; any will do.
    private const float SmallestWidth = 1e-8f;

    /// <summary>Step between two levels: the range, widened to hold 0, divided by 255.</summary>
    public float Scale => Math.Max(Math.Max(Greatest, 0) - Math.Min(Least, 0), SmallestWidth) / Levels;

    /// <summary>The level of 0, in [0, 255]. It is exact, so that padding with zeros stays zero.</summary>
    public byte ZeroPoint => (byte)Math.Clamp(MathF.Round(-Math.Min(Least, 0) / Scale), 0, Levels);
}
