using CxrOnnx.Core;

namespace CxrOnnx.Workflows;

/// <summary>Finds the bundle: the one that was named, else the one that ships with the program.</summary>
public static class BundleLocator
{
    /// <summary>The shipped bundle, relative to the repository or to an installation.</summary>
    public const string DefaultFolder = "models/cxr-phantom";

    private const string Manifest = "bundle.json";

    /// <summary>The path of the bundle to open.</summary>
    /// <param name="named">What the user gave, or null.</param>
    /// <param name="searchFrom">Folders from which to look upwards for the default; null takes the program's and the current one.</param>
    /// <exception cref="InputException">There is no bundle.</exception>
    public static string Find(string? named, IReadOnlyList<string>? searchFrom = null)
    {
        if (named is not null)
        {
            if (File.Exists(Path.Combine(named, Manifest)) || File.Exists(named))
            {
                return named;
            }

            throw new InputException(
                Directory.Exists(named)
                    ? $"{named}: no {Manifest} in this folder; `bundle` wants a folder written by 'cxr-lab export' or a .cxrb file"
                    : $"{named}: no such bundle; `bundle` wants a folder with {Manifest} or a .cxrb file"
            );
        }

        return TryFindDefault(searchFrom)
            ?? throw new InputException(
                $"no bundle given and {DefaultFolder} not found beside the program or in the current folder and above; give one with "
                    + $"`bundle` DIR"
            );
    }

    /// <summary>The shipped bundle, or null.</summary>
    public static string? TryFindDefault(IReadOnlyList<string>? searchFrom = null)
    {
        foreach (string start in searchFrom ?? [Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, DefaultFolder);
                if (File.Exists(Path.Combine(candidate, Manifest)))
                {
                    return candidate;
                }
            }
        }

        return null;
    }
}
