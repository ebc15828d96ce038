namespace CxrOnnx.Trainer.Attention;

/// <summary>What one layer's attention says of one group of tokens, on one image and prompt.</summary>
/// <param name="Group">Name of the group.</param>
/// <param name="Layer">The cross-attention layer, from 0.</param>
/// <param name="Share">Share of all attention that goes to the group's tokens together, 0 to 1: mean over steps and cells.</param>
/// <param name="Maps">The mean over the group's tokens, a map of <see cref="Side"/> x <see cref="Side"/> for each step.</param>
/// <param name="Side">Cells per side.</param>
public sealed record GroupAttention(string Group, int Layer, double Share, IReadOnlyList<float[]> Maps, int Side);
