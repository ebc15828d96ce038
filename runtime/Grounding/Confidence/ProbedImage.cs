using System.Numerics.Tensors;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>
/// An image as <see cref="SupportProbe"/> asks it: noised, and predicted under the empty prompt. Immutable and thread-safe.
/// </summary>
public sealed class ProbedImage
{
    internal ProbedImage(
        int channels,
        GridSize grid,
        IReadOnlyList<NoisySample> samples,
        IReadOnlyList<float[]> empty,
        IReadOnlyList<float[]> residuals
    )
    {
        Channels = channels;
        Grid = grid;
        Samples = samples;
        Empty = empty;
        Residuals = residuals;
        Error = residuals.Average(residual => TensorPrimitives.SumOfSquares<float>(residual) / residual.Length);
    }

    /// <summary>
    /// Mean squared error of the prediction under the empty prompt, over noise, channels and cells: how strange the image is to the model,
    /// whatever is said of it.
    /// </summary>
    public double Error { get; }

    /// <summary>Size of the latents (h, w).</summary>
    public GridSize Grid { get; }

    internal int Channels { get; }

    internal IReadOnlyList<NoisySample> Samples { get; }

    /// <summary>Predictions under the empty prompt.</summary>
    internal IReadOnlyList<float[]> Empty { get; }

    /// <summary>Their errors: target minus prediction.</summary>
    internal IReadOnlyList<float[]> Residuals { get; }
}
