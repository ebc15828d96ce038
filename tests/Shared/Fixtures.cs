using Xunit;

namespace CxrOnnx.Tests;

/// <summary>
/// The reference tensors of the folder that CXRONNX_FIXTURES names, and of <c>tests/golden</c>. A missing one fails its test: what was not
/// compared was not tested.
/// </summary>
internal static class Fixtures
{
    /// <summary>The repository's root folder.</summary>
    public static string Repository { get; } = FindRepository();

    // A larger set need not have everything that is here.
    private static string[] Roots { get; } =
    [
        .. new[] { Environment.GetEnvironmentVariable("CXRONNX_FIXTURES"), System.IO.Path.Combine(Repository, "tests", "golden") }
            .Where(root => !string.IsNullOrEmpty(root))
            .Select(root => System.IO.Path.GetFullPath(root!)),
    ];

    /// <summary>Absolute path of one fixture, unpacked if it is stored packed; fails the calling test when it is not there.</summary>
    public static string Path(string relativePath)
    {
        string? path = Find(relativePath);
        Assert.True(
            path is not null,
            $"reference file not present: {relativePath} below {string.Join(" and ", Roots)} (tests/golden/README.md)"
        );
        return path;
    }

    /// <summary>As <see cref="Path"/>, or null when it is not there.</summary>
    public static string? Find(string relativePath) =>
        Roots.Select(root => Find(root, relativePath)).FirstOrDefault(path => path is not null);

    private static string? Find(string root, string relativePath)
    {
        string path = System.IO.Path.Combine(root, relativePath);
        if (File.Exists(path))
        {
            return path;
        }

        // A larger set may hold the weights as their authors' program wrote them.
        string original = System.IO.Path.ChangeExtension(path, ".pth");
        return PackedFixtures.Find(root, relativePath) ?? (File.Exists(original) ? original : null);
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "CxrOnnx.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no CxrOnnx.sln above {AppContext.BaseDirectory}");
    }
}
