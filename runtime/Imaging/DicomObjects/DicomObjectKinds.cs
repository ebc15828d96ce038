using CxrOnnx.Core;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>The short names of <see cref="DicomObjectKind"/>.</summary>
public static class DicomObjectKinds
{
    /// <summary>Names, in the order of the kinds.</summary>
    public static IReadOnlyList<string> Names { get; } = ["sc", "gsps", "seg", "pm", "sr"];

    /// <summary>The short name.</summary>
    public static string Name(this DicomObjectKind kind) => Names[(int)kind];

    /// <summary>Reads a list such as <c>sc,gsps</c>.</summary>
    /// <exception cref="InputException">A name is not known, or there is none.</exception>
    public static IReadOnlyList<DicomObjectKind> Parse(string list)
    {
        string[] names = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(names, name => !Names.Contains(name)) is { } unknown)
        {
            throw new InputException($"`dicom` {Excerpt.Of(unknown)}: known are {string.Join(", ", Names)}, separated by commas");
        }

        return names.Length > 0
            ?
            [
                .. Names
                    .Select((name, i) => (name, Kind: (DicomObjectKind)i))
                    .Where(one => names.Contains(one.name))
                    .Select(one => one.Kind),
            ]
            : throw new InputException($"`dicom`: names no kind of object; known are {string.Join(", ", Names)}, separated by commas");
    }
}
