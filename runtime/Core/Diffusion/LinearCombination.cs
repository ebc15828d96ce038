using System.Numerics;

namespace CxrOnnx.Core.Diffusion;

/// <summary>a x + b y on spans, the only arithmetic that a deterministic diffusion step needs.</summary>
internal static class LinearCombination
{
    /// <summary>
    /// Writes a x + b y; the coefficients are rounded to float once. <paramref name="destination"/> may be x or y itself.
    /// </summary>
    public static void Write(double a, ReadOnlySpan<float> x, double b, ReadOnlySpan<float> y, Span<float> destination)
    {
        if (x.Length != y.Length || x.Length != destination.Length)
        {
            throw new ArgumentException($"lengths {x.Length}, {y.Length} and {destination.Length} of the two terms and the result differ");
        }

        float first = (float)a;
        float second = (float)b;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> sum = (new Vector<float>(x[i..]) * first) + (new Vector<float>(y[i..]) * second);
            sum.CopyTo(destination[i..]);
        }

        for (; i < x.Length; i++)
        {
            destination[i] = (first * x[i]) + (second * y[i]);
        }
    }
}
