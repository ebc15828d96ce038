using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>One layer's attention at one step, on the CPU.</summary>
/// <param name="Grid">Attention grid; Q = its cells.</param>
/// <param name="Unconditional">With the empty prompt: softmax probabilities, mean over heads, [Q, S] row-major.</param>
/// <param name="Conditional">With the prompt, same layout.</param>
public sealed record ReferenceAttention(GridSize Grid, float[] Unconditional, float[] Conditional);
