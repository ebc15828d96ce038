using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Dialects;

/// <summary>A feature map that is there.</summary>
/// <param name="value">The map.</param>
/// <param name="normalize">Group normalisation in the dialect.</param>
internal sealed class ReadyMap(Value value, Func<Module, Value, int, bool, Value> normalize) : FeatureMap
{
    /// <inheritdoc/>
    public override Value Value => value;

    /// <inheritdoc/>
    public override Value Normalize(Module normalization, int groups, bool silu) => normalize(normalization, value, groups, silu);
}
