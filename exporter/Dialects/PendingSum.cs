using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter.Dialects;

/// <summary>
/// A sum that the next normalisation carries out on its way, with its bias; if something else needs it first, it is carried out for that.
/// </summary>
/// <param name="dialect">Normalises a sum that is there.</param>
/// <param name="add">Carries the sum out.</param>
/// <param name="normalize">Carries it out and normalises it: the result, and the sum where it is given out.</param>
internal sealed class PendingSum(CudaDialect dialect, Func<Value> add, Func<Module, int, bool, (Value Normalized, Value? Sum)> normalize)
    : FeatureMap
{
    private Value? _sum;

    /// <inheritdoc/>
    public override Value Value => _sum ??= add();

    /// <inheritdoc/>
    public override Value Normalize(Module normalization, int groups, bool silu)
    {
        if (_sum is { } known)
        {
            return dialect.Group(normalization, known, groups, silu);
        }

        (Value normalized, _sum) = normalize(normalization, groups, silu);
        return normalized;
    }
}
