using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// Which shared libraries a library needs, and which of them the dynamic loader does not find. The loader itself reports only the first
/// one, or, through ONNX Runtime, none by name.
/// </summary>
internal static class NativeDependencies
{
    private const int DynamicSection = 6;
    private const long NeededTag = 1;

    /// <summary>Names of the needed libraries that cannot be loaded, in the order in which the library lists them.</summary>
    /// <param name="path">
    /// A 64-bit little-endian ELF file. For other files (Windows, macOS) nothing is known, and the list is empty.
    /// </param>
    public static IReadOnlyList<string> Missing(string path)
    {
        List<string> missing = [];
        foreach (string name in Needed(path))
        {
            string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", name);
            // A loaded dependency stays loaded: the provider is about to need it anyway.
            if (!NativeLibrary.TryLoad(name, out _) && !(File.Exists(beside) && NativeLibrary.TryLoad(beside, out _)))
            {
                missing.Add(name);
            }
        }

        return missing;
    }

    /// <summary>The DT_NEEDED entries of an ELF file.</summary>
    internal static IReadOnlyList<string> Needed(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using FileStream file = File.OpenRead(path);
        byte[] header = new byte[64];
        if (file.ReadAtLeast(header, 64, throwOnEndOfStream: false) < 64)
        {
            return [];
        }

        bool elf64LittleEndian = header.AsSpan(0, 4).SequenceEqual("\u007fELF"u8) && header[4] == 2 && header[5] == 1;
        if (!elf64LittleEndian)
        {
            return [];
        }

        long sectionTable = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(40));
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(58));
        int sectionCount = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60));
        if (entrySize < 64 || sectionTable <= 0)
        {
            return [];
        }

        byte[] sections = ReadAt(file, sectionTable, (long)entrySize * sectionCount);
        for (int i = 0; i + entrySize <= sections.Length; i += entrySize)
        {
            ReadOnlySpan<byte> section = sections.AsSpan(i, entrySize);
            if (BinaryPrimitives.ReadInt32LittleEndian(section[4..]) != DynamicSection)
            {
                continue;
            }

            int link = BinaryPrimitives.ReadInt32LittleEndian(section[40..]);
            if (link <= 0 || (link + 1) * entrySize > sections.Length)
            {
                return [];
            }

            return Names(ReadSection(file, section), ReadSection(file, sections.AsSpan(link * entrySize, entrySize)));
        }

        return [];
    }

    private static List<string> Names(byte[] dynamic, byte[] strings)
    {
        List<string> names = [];
        for (int i = 0; i + 16 <= dynamic.Length; i += 16)
        {
            if (BinaryPrimitives.ReadInt64LittleEndian(dynamic.AsSpan(i)) != NeededTag)
            {
                continue;
            }

            long start = BinaryPrimitives.ReadInt64LittleEndian(dynamic.AsSpan(i + 8));
            if (start < 0 || start >= strings.Length)
            {
                continue;
            }

            ReadOnlySpan<byte> rest = strings.AsSpan((int)start);
            int end = rest.IndexOf((byte)0);
            names.Add(Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]));
        }

        return names;
    }

    private static byte[] ReadSection(FileStream file, ReadOnlySpan<byte> section) =>
        ReadAt(file, BinaryPrimitives.ReadInt64LittleEndian(section[24..]), BinaryPrimitives.ReadInt64LittleEndian(section[32..]));

    private static byte[] ReadAt(FileStream file, long offset, long length)
    {
        const long sensible = 64 << 20;
        if (offset < 0 || length is < 0 or > sensible || offset + length > file.Length)
        {
            return [];
        }

        byte[] bytes = new byte[length];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }
}
