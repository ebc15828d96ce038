using CxrOnnx.Evaluation.Methods;

namespace CxrOnnx.Evaluation;

/// <summary>Names of systems in results: what was given, or what the file or folder is called.</summary>
internal static class SystemNames
{
    /// <summary>A bundle with a preset; a name that was given stands alone while there is nothing to tell apart.</summary>
    /// <param name="bundle">As given.</param>
    /// <param name="path">Where it was found.</param>
    /// <param name="preset">The preset.</param>
    /// <param name="presets">Number of presets in all.</param>
    public static string OfBundle(NamedPath bundle, string path, string preset, int presets)
    {
        bool plain = bundle.Name is null ? preset == "exact" : presets == 1;
        string name = bundle.Name ?? FileName(path);
        return plain ? name : $"{name} ({preset})";
    }

    /// <summary>A folder of heatmaps.</summary>
    public static string OfFolder(NamedPath folder) => folder.Name ?? FileName(folder.Path);

    /// <summary>A file of boxes.</summary>
    public static string OfBoxes(NamedPath file) => file.Name ?? Path.GetFileNameWithoutExtension(BoxForm.Parse(file.Path).Path);

    private static string FileName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}
