namespace CxrOnnx.Lab.Pipelines;

/// <summary>Something that no stage makes.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="From">Where it can be had: an address, or a sentence.</param>
public sealed record PipelineSource(string Path, string From)
{
    /// <summary>Whether it is there. An empty folder is not: a download that never began leaves one.</summary>
    public bool IsThere => File.Exists(Path) || (Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any());
}
