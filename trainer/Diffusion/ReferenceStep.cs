namespace CxrOnnx.Trainer.Diffusion;

/// <summary>What the reference procedure has at one inversion step.</summary>
/// <param name="Index">k, counted from the clean end.</param>
/// <param name="Timestep">t_k.</param>
/// <param name="Latents">z_k, before the step: [C, h, w], row-major.</param>
/// <param name="Attention">Every cross-attention layer's maps, in module order.</param>
public sealed record ReferenceStep(int Index, int Timestep, float[] Latents, IReadOnlyList<ReferenceAttention> Attention);
