using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace CxrOnnx.Tests;

/// <summary>
/// Fixtures that are stored smaller than they are read, bit for bit the same after unpacking: <c>.gz</c>, <c>.planes</c> (safetensors, the
/// k-th bytes of all values together, then zlib) and checkpoints that differ from another one in their pickle only.
/// </summary>
internal static class PackedFixtures
{
    private static readonly ConcurrentDictionary<string, Lazy<string?>> Unpacked = new(StringComparer.Ordinal);

    /// <summary>Path of the unpacked file, made once per test run; null when there is nothing to unpack.</summary>
    public static string? Find(string root, string relativePath) =>
        Unpacked.GetOrAdd(relativePath, name => new Lazy<string?>(() => Unpack(root, name))).Value;

    private static string? Unpack(string root, string relativePath)
    {
        string stored = Path.Combine(root, relativePath);
        byte[]? content =
            File.Exists(stored + ".gz") ? Gunzip(stored + ".gz")
            : File.Exists(stored + ".planes") ? JoinPlanes(stored + ".planes")
            : relativePath == "checkpoints/truncated.pth" && Plain(root) is { } plain ? plain[..(plain.Length / 2)]
            : JoinCheckpoint(root, relativePath);
        if (content is null)
        {
            return null;
        }

        // The file name stays: torch.save names the root folder of its zip after it.
        string path = Path.Combine(TestRunFolder.Create(), Path.GetFileName(relativePath));
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] Gunzip(string path)
    {
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        return ReadAll(stream);
    }

    private static byte[] JoinPlanes(string path)
    {
        using ZLibStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        byte[] packed = ReadAll(stream);
        int start = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(packed);
        byte[] content = [.. packed];
        int at = start;
        for (int plane = 0; plane < 4; plane++)
        {
            for (int i = start + plane; i < content.Length; i += 4)
            {
                content[i] = packed[at++];
            }
        }

        return content;
    }

    private static byte[]? Plain(string root)
    {
        string path = Path.Combine(root, "checkpoints", "plain.pth.gz");
        return File.Exists(path) ? Gunzip(path) : null;
    }

    // PyTorch wrote these files with the weights of another one, storage by storage; only its pickle is stored.
    private static byte[]? JoinCheckpoint(string root, string relativePath)
    {
        string name = Path.GetFileNameWithoutExtension(relativePath);
        byte[]? pickle = Pickle(root, name);
        if (pickle is null)
        {
            return null;
        }

        List<byte[]> storages = name == "pytorch_model" ? TextStorages(root) : PlainStorages(root);
        if (name == "missing_key")
        {
            storages.RemoveAt(3); // encoder.blocks.1.norm1.bias
        }
        else if (name == "wrong_shape")
        {
            storages[0] = new byte[24]; // six floats where 36 belong; which ones does not matter
        }

        string folder = name == "plain_buffer_root_archive" ? "archive" : name;
        using MemoryStream target = new();
        using (ZipArchive zip = new(target, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, $"{folder}/data.pkl", pickle);
            for (int i = 0; i < storages.Count; i++)
            {
                Add(zip, FormattableString.Invariant($"{folder}/data/{i}"), storages[i]);
            }

            Add(zip, $"{folder}/version", "3\n"u8);
        }

        return target.ToArray();
    }

    private static byte[]? Pickle(string root, string name)
    {
        string path = Path.Combine(root, "checkpoints", "pickles.tar.gz");
        if (!File.Exists(path))
        {
            return null;
        }

        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        using TarReader reader = new(stream);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name == name + ".pkl")
            {
                return ReadAll(entry.DataStream!);
            }
        }

        return null;
    }

    private static List<byte[]> PlainStorages(string root)
    {
        using ZipArchive plain = new(new MemoryStream(Plain(root)!));
        List<byte[]> storages = [];
        while (plain.GetEntry(FormattableString.Invariant($"plain/data/{storages.Count}")) is { } entry)
        {
            using Stream stream = entry.Open();
            storages.Add(ReadAll(stream));
        }

        return storages;
    }

    private static List<byte[]> TextStorages(string root)
    {
        byte[] file = JoinPlanes(Path.Combine(root, "text", "model.safetensors.planes"));
        int start = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, start - 8));
        List<byte[]> storages = [];
        foreach (JsonProperty tensor in header.RootElement.EnumerateObject().Where(property => property.Name != "__metadata__"))
        {
            JsonElement offsets = tensor.Value.GetProperty("data_offsets");
            storages.Add(file[(start + offsets[0].GetInt32())..(start + offsets[1].GetInt32())]);
        }

        return storages;
    }

    private static void Add(ZipArchive zip, string name, ReadOnlySpan<byte> content)
    {
        using Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(content);
    }

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream memory = new();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
