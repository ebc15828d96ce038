using System.Runtime.CompilerServices;

namespace CxrOnnx.Phantom;

/// <summary>The few ramps that all painters share.</summary>
internal static class Shade
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Clamp01(float t) =>
        t < 0f ? 0f
        : t > 1f ? 1f
        : t;

    /// <summary>0 at <paramref name="low"/>, 1 at <paramref name="high"/>, smooth between (either order).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Smooth(float low, float high, float t)
    {
        float s = Clamp01((t - low) / (high - low));
        return s * s * (3f - (2f * s));
    }
}
