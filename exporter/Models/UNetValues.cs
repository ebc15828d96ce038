using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Models;

/// <summary>What a U-Net computes.</summary>
/// <param name="OutSample">Prediction, [B, Cz, h, w].</param>
/// <param name="Attention">Cross-attention maps in module order.</param>
internal sealed record UNetValues(Value OutSample, IReadOnlyList<AttentionMap> Attention);

/// <summary>The probabilities of one cross-attention layer.</summary>
/// <param name="Probabilities">[B, Q, S], mean over the heads.</param>
/// <param name="Level">Level of the U-Net; there are Q = (h / 2^level) (w / 2^level) cells.</param>
internal sealed record AttentionMap(Value Probabilities, int Level);
