using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>One layer's attention at one step, on the CPU.</summary>
/// <param name="Grid">Attention grid; Q = its cells.</param>
/// <param name="Unconditional">With the empty prompt: softmax probabilities, mean over heads, [Q, S] row-major.</param>
/// <param name="Conditional">With the prompt, same layout.</param>
public sealed record ReferenceAttention(GridSize Grid, float[] Unconditional, float[] Conditional)
{
    /// <summary>The grid of a layer: the latents' halved once per level; only one level has this many cells.</summary>
    /// <param name="cells">Q.</param>
    /// <param name="latents">Size of the latents.</param>
    internal static GridSize GridOf(long cells, GridSize latents)
    {
        int factor = 1;
        while (latents.DividedBy(factor).CellCount > cells)
        {
            factor *= 2;
        }

        return latents.DividedBy(factor);
    }
}
