using System.Buffers.Binary;
using System.Text;
using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

/// <summary>Offsets beyond 32 bits; the files are sparse, so that they cost neither time nor disk.</summary>
[Trait("Category", "quick")]
public sealed class LargeFileTests : IDisposable
{
    private const long FiveGibibytes = 5L << 30;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Safetensors_TensorBehindFiveGibibytes_IsReadInPlace()
    {
        const string Header =
            "{\"big\":{\"dtype\":\"U8\",\"shape\":[5368709120],\"data_offsets\":[0,5368709120]},"
            + "\"last\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[5368709120,5368709124]}}";
        string path = _folder.File("large.safetensors");
        using (FileStream stream = CreateSparse(path))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, Header.Length);
            stream.Write(length);
            stream.Write(Encoding.UTF8.GetBytes(Header));
            stream.Seek(FiveGibibytes, SeekOrigin.Current);
            stream.Write([1, 0, 2, 0]);
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal([1, 2], file.ReadInt64("last"));
        Assert.Equal(FiveGibibytes, file.Tensors["big"].ByteCount);
        Assert.Contains(
            "tensor 'big' U8 [5368709120] is too large to be read at once",
            Assert.Throws<ArtifactException>(() => file.ReadBytes("big")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void TorchZip_EntryBehindFiveGibibytes_IsReadThroughTheZip64Directory()
    {
        byte[] pickle = new PickleBuilder().Dictionary("w", inner => inner.Tensor("ShortStorage", 2, 0, [2], [1])).Opcode('.').ToArray();
        string path = _folder.File("large.pth");
        using (FileStream stream = CreateSparse(path))
        {
            List<(string Name, long Start, long Length)> entries = [];
            WriteEntry(stream, entries, "large/data.pkl", pickle, pickle.Length);
            WriteEntry(stream, entries, "large/unused", [], FiveGibibytes);
            WriteEntry(stream, entries, "large/data/0", [1, 0, 2, 0], 4);
            WriteDirectory(stream, entries);
        }

        using ITensorFile file = CheckpointFile.Open(path);

        Assert.Equal([1, 2], file.ReadInt64("w"));
    }

    public void Dispose() => _folder.Dispose();

    private static FileStream CreateSparse(string path)
    {
        // NTFS makes sparse files only on request, so that the test would write all of it there.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a file system with sparse files");
        return new FileStream(path, FileMode.CreateNew);
    }

    private static void WriteEntry(
        FileStream stream,
        List<(string Name, long Start, long Length)> entries,
        string name,
        byte[] content,
        long length
    )
    {
        entries.Add((name, stream.Position, length));
        Write(stream, 0x04034b50u, (ushort)45, (ushort)0, (ushort)0, 0u, 0u, uint.MaxValue, uint.MaxValue, (ushort)name.Length, (ushort)0);
        stream.Write(Encoding.ASCII.GetBytes(name));
        stream.Write(content);
        stream.Seek(length - content.Length, SeekOrigin.Current);
    }

    /// <summary>
    /// A directory whose sizes and offsets are all in ZIP64 fields; checksums are 0, which PyTorch writes when told to leave them out.
    /// </summary>
    private static void WriteDirectory(FileStream stream, List<(string Name, long Start, long Length)> entries)
    {
        long start = stream.Position;
        foreach ((string name, long entryStart, long length) in entries)
        {
            Write(stream, 0x02014b50u, (ushort)45, (ushort)45, (ushort)0, (ushort)0, 0u, 0u, uint.MaxValue, uint.MaxValue);
            Write(stream, (ushort)name.Length, (ushort)28, (ushort)0, (ushort)0, (ushort)0, 0u, uint.MaxValue);
            stream.Write(Encoding.ASCII.GetBytes(name));
            Write(stream, (ushort)1, (ushort)24, length, length, entryStart);
        }

        long end = stream.Position;
        Write(stream, 0x06064b50u, 44L, (ushort)45, (ushort)45, 0u, 0u, (long)entries.Count, (long)entries.Count, end - start, start);
        Write(stream, 0x07064b50u, 0u, end, 1u);
        Write(stream, 0x06054b50u, (ushort)0, (ushort)0, ushort.MaxValue, ushort.MaxValue, uint.MaxValue, uint.MaxValue, (ushort)0);
    }

    private static void Write(Stream stream, params object[] fields)
    {
        foreach (object field in fields)
        {
            stream.Write(
                field switch
                {
                    ushort value => BitConverter.GetBytes(value),
                    uint value => BitConverter.GetBytes(value),
                    long value => BitConverter.GetBytes(value),
                    _ => throw new ArgumentException($"{field.GetType()}", nameof(fields)),
                }
            );
        }
    }
}
