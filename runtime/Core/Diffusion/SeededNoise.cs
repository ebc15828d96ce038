namespace CxrOnnx.Core.Diffusion;

/// <summary>Standard normal numbers that are a function of (seed, stream) alone, on every platform and version.</summary>
/// <remarks>SplitMix64 (Steele et al. 2014) and the Box-Muller transform.</remarks>
public static class SeededNoise
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Draws numbers.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="stream">Separates uses of one seed.</param>
    /// <param name="destination">Filled with independent standard normal numbers.</param>
    public static void Fill(long seed, int stream, Span<float> destination)
    {
        ulong state = Mix((ulong)seed + Golden) ^ Mix((ulong)(uint)stream);
        for (int i = 0; i < destination.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(Uniform(ref state)));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * Uniform(ref state));
            destination[i] = (float)(radius * cosine);
            if (i + 1 < destination.Length)
            {
                destination[i + 1] = (float)(radius * sine);
            }
        }
    }

    /// <summary>In (0, 1].</summary>
    private static double Uniform(ref ulong state)
    {
        state += Golden;
        return ((Mix(state) >> 11) + 1) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
