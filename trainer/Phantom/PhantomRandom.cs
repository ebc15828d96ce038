namespace CxrOnnx.Phantom;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the phantom's own generator, because its stream must stay the same on every platform and in
/// every .NET version for (seed, index) to name one patient for good.
/// </summary>
internal sealed class PhantomRandom(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15UL;
    private readonly ulong _seed = seed;
    private ulong _state = seed;

    /// <summary>The stream of one patient.</summary>
    public static PhantomRandom ForSample(ulong seed, long index) =>
        new(Mix(Mix(seed + Golden) ^ Mix(unchecked((ulong)index) * Golden + 1)));

    /// <summary>An independent stream with a name of its own, so that drawing more numbers in one part changes no other part.</summary>
    public PhantomRandom Fork(int stream) => new(Mix(_seed ^ Mix((ulong)(stream + 1) * Golden)));

    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    public ulong NextUInt64()
    {
        _state += Golden;
        return Mix(_state);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public float Unit() => (NextUInt64() >> 40) * (1f / (1 << 24));

    public float Range(float low, float high) => low + ((high - low) * Unit());

    /// <summary>Symmetric in [-spread, spread], more often near 0 (the mean of two uniform draws).</summary>
    public float Around(float spread) => spread * (Unit() + Unit() - 1f);

    public int Int(int count) => (int)(NextUInt64() % (ulong)count);

    public bool Chance(float probability) => Unit() < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Int(choices.Length)];

    /// <summary>Index drawn in proportion to non-negative weights, of which at least one is positive.</summary>
    public int Weighted(ReadOnlySpan<double> weights)
    {
        double total = 0;
        foreach (double weight in weights)
        {
            total += weight;
        }

        double mark = Unit() * total;
        for (int i = 0; i < weights.Length; i++)
        {
            mark -= weights[i];
            if (mark < 0)
            {
                return i;
            }
        }

        return LastPositive(weights);
    }

    private static int LastPositive(ReadOnlySpan<double> weights)
    {
        int last = weights.Length - 1;
        while (last > 0 && weights[last] <= 0)
        {
            last--;
        }

        return last;
    }
}
