using Xunit;

namespace CxrOnnx.Tests;

/// <summary>
/// The reference tensors: the folder named by CXRONNX_FIXTURES, or <c>../shared/fixtures</c> beside the repository. Tests that need them
/// are skipped with that reason where they are absent.
/// </summary>
internal static class Fixtures
{
    /// <summary>The repository's root folder.</summary>
    public static string Repository { get; } = FindRepository();

    private static string Root { get; } =
        Environment.GetEnvironmentVariable("CXRONNX_FIXTURES") ?? System.IO.Path.Combine(Repository, "..", "shared", "fixtures");

    /// <summary>Absolute path of one fixture; skips the calling test when it is not there.</summary>
    public static string Path(string relativePath) => Existing(System.IO.Path.GetFullPath(System.IO.Path.Combine(Root, relativePath)));

    /// <summary>Absolute path of one of the sample radiographs; skips the calling test when it is not there.</summary>
    public static string Sample(string fileName) =>
        Existing(System.IO.Path.GetFullPath(System.IO.Path.Combine(Root, "..", "samples", fileName)));

    private static string Existing(string path)
    {
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"reference file not present: {path} (set CXRONNX_FIXTURES)");
        return path;
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
