namespace CxrOnnx.Core.Metrics;

/// <summary>A small seeded generator whose numbers are the same on every platform and in every version.</summary>
/// <remarks>
/// SplitMix64: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators". A value type: a copy repeats the numbers.
/// </remarks>
public struct SplitMix64
{
    private const ulong Increment = 0x9E3779B97F4A7C15;

    private ulong _state;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number.</param>
    public SplitMix64(ulong seed) => _state = seed;

    /// <summary>A generator of its own for one of many streams of a seed.</summary>
    /// <param name="seed">Seed of all streams.</param>
    /// <param name="stream">Number of the stream.</param>
    public static SplitMix64 OfStream(ulong seed, ulong stream) => new(seed + (stream * Increment));

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        _state += Increment;
        ulong mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>An index from 0 to <paramref name="count"/> - 1, all equally likely.</summary>
    /// <param name="count">At least 1.</param>
    public int NextIndex(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>A number in [0, 1).</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Fills with standard normal numbers.</summary>
    /// <remarks>Box and Muller 1958.</remarks>
    public void FillNormal(Span<float> values)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            // 1 - u lies in (0, 1]: its logarithm is finite.
            double radius = Math.Sqrt(-2 * Math.Log(1 - NextUnit()));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * NextUnit());
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }
}
