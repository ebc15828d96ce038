namespace CxrOnnx.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cxronnx-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file and gives its path.</summary>
    public string Write(string name, byte[] content)
    {
        string path = File(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>The same with text.</summary>
    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>The same, packed as gzip whatever the name says.</summary>
    public string WritePacked(string name, string content)
    {
        using MemoryStream packed = new();
        using (System.IO.Compression.GZipStream stream = new(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(content));
        }

        return Write(name, packed.ToArray());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
