using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Trainer.Diffusion;

/// <summary>What the reference procedure has at one inversion step.</summary>
/// <param name="Index">k, counted from the clean end.</param>
/// <param name="Timestep">t_k.</param>
/// <param name="Latents">z_k, before the step: [C, h, w], row-major.</param>
/// <param name="Attention">Every cross-attention layer's maps, in module order.</param>
public sealed record ReferenceStep(int Index, int Timestep, float[] Latents, IReadOnlyList<ReferenceAttention> Attention);

/// <summary>One layer's attention at one step, on the CPU.</summary>
/// <param name="Grid">Attention grid; Q = its cells.</param>
/// <param name="Unconditional">With the empty prompt: softmax probabilities, mean over heads, [Q, S] row-major.</param>
/// <param name="Conditional">With the prompt, same layout.</param>
public sealed record ReferenceAttention(GridSize Grid, float[] Unconditional, float[] Conditional);
