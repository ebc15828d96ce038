using System.Buffers.Binary;
using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Trainer.Native;

/// <summary>
/// The smallest change that lets a loader accept a shared library whose required symbol version it does not have: the requirement's flag
/// VER_FLG_WEAK is set. Refused unless no relocation refers to a symbol of that version, because then the version is never used.
/// </summary>
/// <remarks>
/// Layouts: System V ABI (64-bit, little-endian) and the LSB's symbol versioning (Elf64_Verneed, Elf64_Vernaux). Tables are found through
/// the dynamic segment, as the loader finds them, so that stripped section headers do not matter. Every offset is checked before it is
/// used.
/// </remarks>
public static class TorchLibraryPatch
{
    private const uint SegmentLoad = 1;
    private const uint SegmentDynamic = 2;
    private const int SegmentHeaderSize = 56;
    private const int RelocationSize = 24;
    private const ushort WeakFlag = 2;
    private const ushort VersionIndexMask = 0x7FFF;

    /// <summary>Dynamic tags (d_tag) that are needed here.</summary>
    private enum Tag : long
    {
        Needed = 1,
        ProcedureRelocationSize = 2,
        StringTable = 5,
        Relocations = 7,
        RelocationsSize = 8,
        ProcedureRelocations = 23,
        SymbolVersions = 0x6FFFFFF0,
        VersionNeeds = 0x6FFFFFFE,
        VersionNeedCount = 0x6FFFFFFF,
    }

    /// <summary>Returns a copy of <paramref name="image"/> in which the requirement of <paramref name="version"/> is weak.</summary>
    /// <param name="image">A whole ELF64 little-endian shared library.</param>
    /// <param name="version">Symbol version, for example <c>GLIBCXX_3.4.32</c>.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="ArtifactException">Not such a library, damaged, does not require the version, or uses a symbol of it.</exception>
    public static byte[] WeakenVersion(ReadOnlySpan<byte> image, string version, string source)
    {
        byte[] copy = image.ToArray();
        View view = new(copy, source);
        int found = 0;
        long need = view.Offset(Tag.VersionNeeds, "no symbol versions are required");
        for (long left = view.Value(Tag.VersionNeedCount); left > 0; left--)
        {
            long entry = need + view.UInt32(need + 8);
            for (int count = view.UInt16(need + 2); count > 0; count--)
            {
                if (view.String(view.UInt32(entry + 8)) == version)
                {
                    RefuseIfUsed(view, (ushort)(view.UInt16(entry + 6) & VersionIndexMask), version);
                    view.SetUInt16(entry + 4, (ushort)(view.UInt16(entry + 4) | WeakFlag));
                    found++;
                }

                uint next = view.UInt32(entry + 12);
                if (next == 0)
                {
                    break;
                }

                entry += next;
            }

            uint following = view.UInt32(need + 12);
            if (following == 0)
            {
                break;
            }

            need += following;
        }

        return found > 0 ? copy : throw new ArtifactException($"{source}: does not require symbol version {version}; nothing to patch");
    }

    /// <summary>The libraries that <paramref name="image"/> names as needed (DT_NEEDED), in order.</summary>
    /// <exception cref="ArtifactException">Not an ELF64 little-endian shared library, or damaged.</exception>
    public static IReadOnlyList<string> NeededLibraries(ReadOnlySpan<byte> image, string source)
    {
        View view = new(image.ToArray(), source);
        return [.. view.Dynamic.Where(entry => entry.Tag == (long)Tag.Needed).Select(entry => view.String(entry.Value))];
    }

    private static void RefuseIfUsed(View view, ushort versionIndex, string version)
    {
        foreach (
            (Tag table, Tag size) in ((Tag, Tag)[])
                [(Tag.Relocations, Tag.RelocationsSize), (Tag.ProcedureRelocations, Tag.ProcedureRelocationSize)]
        )
        {
            if (!view.Has(table))
            {
                continue;
            }

            long start = view.Offset(table, "no relocations");
            long versions = view.Offset(Tag.SymbolVersions, "no table of symbol versions");
            for (long at = start, end = start + view.Value(size); at < end; at += RelocationSize)
            {
                uint symbol = view.UInt32(at + 12);
                if (symbol != 0 && (view.UInt16(versions + (2L * symbol)) & VersionIndexMask) == versionIndex)
                {
                    throw new ArtifactException(
                        $"{view.Source}: uses a symbol of version {version} (symbol {symbol}), so it cannot run with this system's "
                            + $"library; install a newer libstdc++"
                    );
                }
            }
        }
    }

    /// <summary>Bounds-checked reading of one ELF image.</summary>
    private sealed class View
    {
        private readonly byte[] _image;
        private readonly List<(ulong Address, ulong FileOffset, ulong Size)> _segments = [];
        private readonly List<(long Tag, long Value)> _dynamic = [];

        public View(byte[] image, string source)
        {
            _image = image;
            Source = source;
            if (image.Length < 64 || !image.AsSpan(0, 4).SequenceEqual("\u007fELF"u8) || image[4] != 2 || image[5] != 1)
            {
                throw new ArtifactException($"{source}: not a 64-bit little-endian ELF library ({image.Length} bytes)");
            }

            long table = (long)UInt64(32);
            (long Offset, long Size)? dynamicSegment = null;
            for (int i = 0; i < UInt16(56); i++)
            {
                long header = checked(table + ((long)i * SegmentHeaderSize));
                uint type = UInt32(header);
                if (type == SegmentLoad)
                {
                    _segments.Add((UInt64(header + 16), UInt64(header + 8), UInt64(header + 32)));
                }
                else if (type == SegmentDynamic)
                {
                    dynamicSegment = ((long)UInt64(header + 8), (long)UInt64(header + 32));
                }
            }

            (long at, long length) =
                dynamicSegment ?? throw new ArtifactException($"{source}: no dynamic segment, so not a shared library");
            for (long end = at + length; at < end; at += 16)
            {
                long tag = (long)UInt64(at);
                if (tag == 0)
                {
                    break;
                }

                _dynamic.Add((tag, (long)UInt64(at + 8)));
            }
        }

        public string Source { get; }

        public IReadOnlyList<(long Tag, long Value)> Dynamic => _dynamic;

        public bool Has(Tag tag) => _dynamic.Exists(entry => entry.Tag == (long)tag);

        public long Value(Tag tag) => _dynamic.Find(entry => entry.Tag == (long)tag).Value;

        /// <summary>File offset of the table that a dynamic entry points to by its address.</summary>
        public long Offset(Tag tag, string absence)
        {
            if (!Has(tag))
            {
                throw new ArtifactException($"{Source}: {absence}");
            }

            ulong address = (ulong)Value(tag);
            foreach ((ulong start, ulong fileOffset, ulong size) in _segments)
            {
                if (address >= start && address - start < size)
                {
                    return (long)(fileOffset + (address - start));
                }
            }

            throw new ArtifactException($"{Source}: damaged: address 0x{address:x} lies in no segment");
        }

        public string String(long offset)
        {
            long start = Offset(Tag.StringTable, "no string table") + offset;
            ReadOnlySpan<byte> rest = Slice(start, 1, toEnd: true);
            int length = rest.IndexOf((byte)0);
            return length >= 0 ? Encoding.UTF8.GetString(rest[..length]) : throw Outside(start, rest.Length + 1);
        }

        public ushort UInt16(long offset) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(offset, 2));

        public uint UInt32(long offset) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(offset, 4));

        public ulong UInt64(long offset) => BinaryPrimitives.ReadUInt64LittleEndian(Slice(offset, 8));

        public void SetUInt16(long offset, ushort value)
        {
            _ = Slice(offset, 2);
            BinaryPrimitives.WriteUInt16LittleEndian(_image.AsSpan((int)offset, 2), value);
        }

        private ReadOnlySpan<byte> Slice(long offset, int length, bool toEnd = false)
        {
            if (offset < 0 || offset > _image.Length - length)
            {
                throw Outside(offset, length);
            }

            return toEnd ? _image.AsSpan((int)offset) : _image.AsSpan((int)offset, length);
        }

        private ArtifactException Outside(long offset, int length) =>
            new($"{Source}: damaged: {length} bytes at offset {offset} lie outside the file of {_image.Length} bytes");
    }
}
