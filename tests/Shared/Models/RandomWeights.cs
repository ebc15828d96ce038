using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Tests;

/// <summary>Checkpoints of seeded random numbers: what such a model answers means nothing, how it answers does.</summary>
internal static class RandomWeights
{
    /// <summary>Writes a checkpoint of the given shapes; the bound of a tensor's values may depend on its shape.</summary>
    public static void Write(
        string path,
        IReadOnlyDictionary<string, IReadOnlyList<long>> shapes,
        int seed,
        Func<IReadOnlyList<long>, float> bound
    ) =>
        SafetensorsWriter.Write(
            path,
            [
                .. shapes.Select(
                    (entry, index) =>
                    {
                        Random random = new((seed * 1000) + index);
                        int count = (int)entry.Value.Aggregate(1L, (product, side) => product * side);
                        float width = 2 * bound(entry.Value);

                        // Norms scale by about 1, as in trained models.
                        bool scales =
                            entry.Key.Contains("norm", StringComparison.Ordinal) && entry.Key.EndsWith("weight", StringComparison.Ordinal);
                        float offset = scales ? 1 : 0;
                        float[] values = [.. Enumerable.Range(0, count).Select(_ => offset + (width * (random.NextSingle() - 0.5f)))];
                        return TensorPayload.Float32(entry.Key, entry.Value, values);
                    }
                ),
            ]
        );
}
