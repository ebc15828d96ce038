namespace CxrOnnx.Lab.Quantization;

/// <summary>One input of the U-Net as a grounding gives it.</summary>
/// <param name="Latents">z_k, float32 [1, Cz, h, w].</param>
/// <param name="Timestep">t_k.</param>
/// <param name="Context">Text states, float32 [1, S, W].</param>
/// <param name="Image">Number of the image it is of.</param>
internal sealed record UNetSample(float[] Latents, int Timestep, float[] Context, int Image);
