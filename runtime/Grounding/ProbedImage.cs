using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding;

/// <summary>An image as <see cref="SupportProbe"/> asks it: noised, and predicted under the empty prompt. Immutable and thread-safe.</summary>
public sealed class ProbedImage
{
    internal ProbedImage(int channels, GridSize grid, IReadOnlyList<NoisySample> samples, IReadOnlyList<float[]> empty, IReadOnlyList<float[]> residuals)
    {
        Channels = channels;
        Grid = grid;
        Samples = samples;
        Empty = empty;
        Residuals = residuals;
    }

    /// <summary>Size of the latents (h, w).</summary>
    public GridSize Grid { get; }

    internal int Channels { get; }

    internal IReadOnlyList<NoisySample> Samples { get; }

    /// <summary>Predictions under the empty prompt.</summary>
    internal IReadOnlyList<float[]> Empty { get; }

    /// <summary>Their errors: target minus prediction.</summary>
    internal IReadOnlyList<float[]> Residuals { get; }
}
