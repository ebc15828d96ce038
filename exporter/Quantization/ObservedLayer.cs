namespace CxrOnnx.Exporter.Quantization;

/// <summary>A layer that could be computed in 8 bits, and the graph outputs that show its activations.</summary>
/// <param name="Layer">Its name in a <see cref="QuantizationPlan"/>.</param>
/// <param name="Input">Output of the denoiser with the layer's input.</param>
/// <param name="Output">Output of the denoiser with the layer's own output.</param>
public sealed record ObservedLayer(string Layer, string Input, string Output);
