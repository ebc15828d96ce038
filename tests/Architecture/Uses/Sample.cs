namespace CxrOnnx.Architecture.Tests.Uses;

// One type per way in which the sample below can use it.
internal class ByBase;

internal interface ByInterface;

internal interface ByConstraint;

internal sealed class ByField;

internal sealed class ByReturn;

internal sealed class BySignature;

internal sealed class ByLocal
{
    public int Value { get; init; }
}

internal static class ByBody
{
    public static int Value() => 1;
}

internal static class ByLambda
{
    public static int Value() => 2;
}

internal sealed class ByTypeOf;

internal sealed class Sample : ByBase, ByInterface
{
    private readonly List<ByField[]> _field = [];

    public ByReturn? Get<T>(Func<BySignature, int> signature)
        where T : ByConstraint
    {
        ByLocal local = new() { Value = _field.Count };
        Func<int> lambda = () => ByLambda.Value() + local.Value;
        return ByBody.Value() + lambda() > signature.GetHashCode() && typeof(ByTypeOf) == typeof(T) ? new ByReturn() : null;
    }
}
