using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Models.Fused;

/// <summary>An image and its prompts, encoded inside the graph.</summary>
/// <param name="Image">[1, 1, H, W].</param>
/// <param name="Latents">z_0, [1, Cz, h, w].</param>
/// <param name="States">Text states of the empty prompt, then of the prompts: [1 + K, S, W].</param>
/// <param name="Empty">The first of them, [1, S, W].</param>
/// <param name="Prompts">The others, [K, S, W].</param>
/// <param name="Mask">1 at each prompt's own tokens, [K, S].</param>
/// <param name="Count">K, int64 [1].</param>
internal readonly record struct FusedInputs(Value Image, Value Latents, Value States, Value Empty, Value Prompts, Value Mask, Value Count);
