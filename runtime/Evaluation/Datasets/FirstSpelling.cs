namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// Names that differ in upper and lower case only are one: all are written as the first of them is ("Pleural Effusion" and "pleural
/// effusion" are one class).
/// </summary>
internal sealed class FirstSpelling
{
    private readonly Dictionary<string, string> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The spelling of a name.</summary>
    public string Of(string name)
    {
        if (!_names.TryGetValue(name, out string? first))
        {
            _names.Add(name, first = name);
        }

        return first;
    }
}
