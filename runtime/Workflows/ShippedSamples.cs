using CxrOnnx.Core;

namespace CxrOnnx.Workflows;

/// <summary>The sample radiographs that ship with the program.</summary>
public static class ShippedSamples
{
    /// <summary>Their folder, relative to the repository or the program.</summary>
    public const string Folder = "models/samples";

    /// <summary>The PNG files, in alphabetical order: in the current folder or above it, else beside the program or above it.</summary>
    /// <exception cref="InputException">There are none.</exception>
    public static IReadOnlyList<string> Find()
    {
        foreach (string start in (string[])[Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string samples = Path.Combine(folder.FullName, Folder);
                if (Directory.Exists(samples) && Directory.GetFiles(samples, "*.png") is { Length: > 0 } files)
                {
                    return [.. files.Order(StringComparer.Ordinal)];
                }
            }
        }

        throw new InputException(
            $"no image given and {Folder} not found beside the program or in the current folder and above; give one with `image` FILE"
        );
    }
}
