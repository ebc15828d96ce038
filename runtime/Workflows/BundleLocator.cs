using CxrOnnx.Core;

namespace CxrOnnx.Workflows;

/// <summary>
/// Finds the bundle, in this order: the one that was named; the one that <c>CXR_BUNDLE</c> of the environment names; the one that ships
/// (<see cref="DefaultFolder"/>) in the current folder or above it; the one beside the program or above it.
/// </summary>
public static class BundleLocator
{
    /// <summary>The shipped bundle, relative to the repository or to an installation.</summary>
    public const string DefaultFolder = "models/cxr-phantom";

    /// <summary>Variable of the environment that names the bundle where no option does.</summary>
    public const string Variable = "CXR_BUNDLE";

    private const string Manifest = "bundle.json";

    /// <summary>The path of the bundle to open.</summary>
    /// <param name="named">What the user gave, or null.</param>
    /// <param name="searchFrom">Folders from which to look upwards for the default; null takes the current one and the program's.</param>
    /// <exception cref="InputException">There is no bundle.</exception>
    public static string Find(string? named, IReadOnlyList<string>? searchFrom = null) => Locate(named, searchFrom).Path;

    /// <summary>The bundle to open, and how it was found.</summary>
    /// <param name="named">What the user gave, or null.</param>
    /// <param name="searchFrom">Folders from which to look upwards for the default; null takes the current one and the program's.</param>
    /// <exception cref="InputException">There is no bundle.</exception>
    public static LocatedBundle Locate(string? named, IReadOnlyList<string>? searchFrom = null)
    {
        if (named is not null)
        {
            return new LocatedBundle(Checked(named, "`bundle`"), "named by `bundle`");
        }

        return TryLocateDefault(searchFrom)
            ?? throw new InputException(
                $"no bundle given, {Variable} is not set, and {DefaultFolder} was not found in the current folder and above or beside the "
                    + $"program; give one with `bundle` DIR"
            );
    }

    /// <summary>The bundle that is taken where none is named, or null.</summary>
    /// <param name="searchFrom">As for <see cref="Find"/>.</param>
    /// <exception cref="InputException">
    /// <see cref="Variable"/> names something that is no bundle: nothing else is taken instead.
    /// </exception>
    public static string? TryFindDefault(IReadOnlyList<string>? searchFrom = null) => TryLocateDefault(searchFrom)?.Path;

    /// <summary>The bundle that is taken where none is named, and how it was found; or null.</summary>
    /// <param name="searchFrom">As for <see cref="Find"/>.</param>
    /// <exception cref="InputException">
    /// <see cref="Variable"/> names something that is no bundle: nothing else is taken instead.
    /// </exception>
    public static LocatedBundle? TryLocateDefault(IReadOnlyList<string>? searchFrom = null)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable)
        {
            return new LocatedBundle(Checked(variable, Variable), $"named by {Variable}");
        }

        return Shipped(searchFrom);
    }

    /// <summary>
    /// The bundle that ships, whatever <see cref="Variable"/> says: where its samples are wanted. Null where it is not there.
    /// </summary>
    public static string? TryFindShipped() => Shipped(null)?.Path;

    private static LocatedBundle? Shipped(IReadOnlyList<string>? searchFrom)
    {
        (string Start, string How)[] starts = searchFrom is null
            ?
            [
                (Directory.GetCurrentDirectory(), "found in the current folder or above it"),
                (AppContext.BaseDirectory, "found beside the program or above it"),
            ]
            : [.. searchFrom.Select(start => (start, $"found in {start} or above it"))];
        foreach ((string start, string how) in starts)
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, DefaultFolder);
                if (File.Exists(Path.Combine(candidate, Manifest)))
                {
                    return new LocatedBundle(candidate, how);
                }
            }
        }

        return null;
    }

    private static string Checked(string path, string setting)
    {
        if (File.Exists(Path.Combine(path, Manifest)) || File.Exists(path))
        {
            return path;
        }

        throw new InputException(
            Directory.Exists(path)
                ? $"{path}: no {Manifest} in this folder; {setting} wants a folder written by 'cxr-lab export' or a .cxrb file"
                : $"{path}: no such bundle; {setting} wants a folder with {Manifest} or a .cxrb file"
        );
    }
}
