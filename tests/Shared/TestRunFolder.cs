namespace CxrOnnx.Tests;

/// <summary>Folders that are removed when the test process ends: for what many tests share.</summary>
internal static class TestRunFolder
{
    private static readonly Lazy<string> Root = new(() =>
    {
        string root = Directory.CreateTempSubdirectory("cxronnx-run-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        return root;
    });

    private static int _count;

    /// <summary>A new, empty folder.</summary>
    public static string Create() =>
        Directory.CreateDirectory(Path.Combine(Root.Value, FormattableString.Invariant($"{Interlocked.Increment(ref _count)}"))).FullName;
}
