namespace CxrOnnx.Evaluation;

/// <summary>A file or folder of a command line, with the name it is to have in the results: <c>NAME=PATH</c>, or the path alone.</summary>
/// <param name="Name">The name, or null.</param>
/// <param name="Path">The path.</param>
public sealed record NamedPath(string? Name, string Path)
{
    /// <summary>Reads one. A path that exists as it stands is a path, whatever is in it.</summary>
    public static NamedPath Parse(string text)
    {
        int sign = text.IndexOf('=', StringComparison.Ordinal);
        return sign > 0 && !File.Exists(text) && !Directory.Exists(text)
            ? new NamedPath(text[..sign].Trim(), text[(sign + 1)..])
            : new NamedPath(null, text);
    }
}
