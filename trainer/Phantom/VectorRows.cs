using System.Numerics;

namespace CxrOnnx.Phantom;

/// <summary>Row operations on the machine's vectors.</summary>
internal static class VectorRows
{
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> a, float weight)
    {
        int i = 0;
        var scale = new Vector<float>(weight);
        for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(target[i..]) + (scale * new Vector<float>(a[i..]))).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += weight * a[i];
        }
    }

    public static void AddScaledPair(Span<float> target, ReadOnlySpan<float> a, ReadOnlySpan<float> b, float weight)
    {
        int i = 0;
        var scale = new Vector<float>(weight);
        for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(target[i..]) + (scale * (new Vector<float>(a[i..]) + new Vector<float>(b[i..])))).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += weight * (a[i] + b[i]);
        }
    }
}
