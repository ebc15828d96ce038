namespace CxrOnnx.Exporter.Quantization;

/// <summary>
/// What the integer forms of a layer's weight and bias are computed from. All of them are stored on their own, so each carries it.
/// </summary>
/// <param name="WeightKey">State-dict key of the weight, [out, ...].</param>
/// <param name="BiasKey">State-dict key of a bias that is quantised with it, [out]; null: there is none, or it stays float32.</param>
/// <param name="InputScale">Scale of the layer's quantised input.</param>
internal sealed record QuantizedLayer(string WeightKey, string? BiasKey, float InputScale);
