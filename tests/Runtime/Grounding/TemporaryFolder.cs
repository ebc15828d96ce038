namespace CxrOnnx.Runtime.Tests.Grounding;

/// <summary>Folders that are removed when the test process ends.</summary>
internal static class TemporaryFolder
{
    private static readonly Lazy<string> Root = new(() =>
    {
        string root = Directory.CreateTempSubdirectory("cxronnx-runtime-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        return root;
    });

    private static int _count;

    public static string Create() =>
        Directory.CreateDirectory(Path.Combine(Root.Value, FormattableString.Invariant($"{Interlocked.Increment(ref _count)}"))).FullName;
}
