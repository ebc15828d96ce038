namespace CxrOnnx.Exporter.Graph;

/// <summary>
/// A feature map between two blocks. It may be a sum that is not carried out yet, because the normalisation that comes next can do it on
/// the way.
/// </summary>
internal abstract class FeatureMap
{
    /// <summary>The map as a value of the graph, in the dialect's layout; a pending sum is carried out here, once.</summary>
    public abstract Value Value { get; }

    /// <summary>Group normalisation of the map.</summary>
    /// <param name="normalization">The module that holds <c>weight</c> and <c>bias</c>.</param>
    /// <param name="groups">Number of groups; divides the channels.</param>
    /// <param name="silu">Whether x * sigmoid(x) follows.</param>
    public abstract Value Normalize(Module normalization, int groups, bool silu);
}
