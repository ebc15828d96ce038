namespace CxrOnnx.Exporter.Quantization;

/// <summary>Ranges of a layer that is computed in 8 bits.</summary>
/// <param name="Input">Of its input.</param>
/// <param name="Output">Of its output; used by convolutions (a matrix product gives float32).</param>
public sealed record LayerRanges(ActivationRange Input, ActivationRange Output);
