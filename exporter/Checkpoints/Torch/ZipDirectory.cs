using System.Buffers.Binary;
using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// The central directory of a zip file (ZIP64 included), for reading stored entries in place: tensors are read by position from many
/// threads and without copies, which the base library's archive class does not offer.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndLength = 22;
    private const int MaxCommentLength = ushort.MaxValue;
    private const int Zip64LocatorLength = 20;
    private const int Zip64EndLength = 56;
    private const int EntryLength = 46;
    private const int LocalHeaderLength = 30;
    private const long MaxDirectoryLength = 1 << 28;

    private readonly ArtifactStream _file;
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly long _directoryStart;

    public ZipDirectory(ArtifactStream file)
    {
        _file = file;
        (_directoryStart, long length, long count) = FindDirectory();
        if (_directoryStart < 0 || length < 0 || length > MaxDirectoryLength || _directoryStart > file.Length - length)
        {
            throw Damaged($"its directory of {length} bytes does not lie in the file");
        }

        byte[] directory = new byte[length];
        file.ReadExactly(_directoryStart, directory);
        Parse(directory, count);
    }

    /// <summary>Names of all entries.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>The bytes of a stored (not compressed) entry.</summary>
    /// <returns>First byte in the file, length, and CRC-32 as the directory gives it.</returns>
    public (long Start, long Length, uint Crc32) Locate(string name)
    {
        if (!_entries.TryGetValue(name, out Entry? entry))
        {
            throw new ArtifactException(
                $"{_file.Source}: has no entry '{TorchPickle.Printable(name)}'; the file is incomplete, save or copy it again"
            );
        }

        if (entry.Method != 0 || entry.Encrypted)
        {
            throw new ArtifactException(
                $"{_file.Source}: entry '{TorchPickle.Printable(name)}' is "
                    + $"{(entry.Encrypted ? "encrypted" : $"compressed (method {entry.Method})")}; torch.save "
                    + "never does that: unpack and pack it again without (zip -0)"
            );
        }

        Span<byte> local = stackalloc byte[LocalHeaderLength];
        if (entry.HeaderStart > _directoryStart - LocalHeaderLength)
        {
            throw Damaged($"entry '{TorchPickle.Printable(name)}' does not lie before the directory");
        }

        _file.ReadExactly(entry.HeaderStart, local);
        long start =
            entry.HeaderStart
            + LocalHeaderLength
            + BinaryPrimitives.ReadUInt16LittleEndian(local[26..])
            + BinaryPrimitives.ReadUInt16LittleEndian(local[28..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(local) != 0x04034b50 || entry.Length > _directoryStart - start)
        {
            throw Damaged($"entry '{TorchPickle.Printable(name)}' of {entry.Length} bytes does not lie before the directory");
        }

        return (start, entry.Length, entry.Crc32);
    }

    private (long Start, long Length, long Count) FindDirectory()
    {
        byte[] tail = new byte[Math.Min(_file.Length, EndLength + MaxCommentLength)];
        long tailStart = _file.Length - tail.Length;
        _file.ReadExactly(tailStart, tail);
        for (int i = tail.Length - EndLength; i >= 0; i--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(i);
            if (
                BinaryPrimitives.ReadUInt32LittleEndian(end) != 0x06054b50
                || EndLength + BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length
            )
            {
                continue;
            }

            uint start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
            ushort count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            return start == uint.MaxValue || length == uint.MaxValue || count == ushort.MaxValue
                ? FindZip64Directory(tailStart + i) ?? (start, length, count)
                : (start, length, count);
        }

        throw new ArtifactException(
            $"{_file.Source}: is a zip file whose directory at the end is missing; the file is truncated, copy or download it again"
        );
    }

    private (long Start, long Length, long Count)? FindZip64Directory(long endStart)
    {
        if (endStart < Zip64LocatorLength)
        {
            return null;
        }

        Span<byte> locator = stackalloc byte[Zip64LocatorLength];
        _file.ReadExactly(endStart - Zip64LocatorLength, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != 0x07064b50)
        {
            return null;
        }

        long position = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        Span<byte> end = stackalloc byte[Zip64EndLength];
        if (position < 0 || position > _file.Length - Zip64EndLength)
        {
            throw Damaged($"its ZIP64 directory would be at byte {position}");
        }

        _file.ReadExactly(position, end);
        return BinaryPrimitives.ReadUInt32LittleEndian(end) == 0x06064b50
            ? (
                BinaryPrimitives.ReadInt64LittleEndian(end[48..]),
                BinaryPrimitives.ReadInt64LittleEndian(end[40..]),
                BinaryPrimitives.ReadInt64LittleEndian(end[32..])
            )
            : throw Damaged($"there is no ZIP64 directory at byte {position}");
    }

    private void Parse(ReadOnlySpan<byte> directory, long count)
    {
        for (long i = 0; i < count; i++)
        {
            if (directory.Length < EntryLength || BinaryPrimitives.ReadUInt32LittleEndian(directory) != 0x02014b50)
            {
                throw Damaged($"its directory has {i} entries, {count} are announced");
            }

            int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
            int extraLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]);
            int total = EntryLength + nameLength + extraLength + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
            if (total > directory.Length)
            {
                throw Damaged($"entry {i} of its directory is cut off");
            }

            string name = Encoding.UTF8.GetString(directory.Slice(EntryLength, nameLength));
            if (!_entries.TryAdd(name, ParseEntry(directory, directory.Slice(EntryLength + nameLength, extraLength))))
            {
                throw Damaged($"entry '{TorchPickle.Printable(name)}' is there twice");
            }

            directory = directory[total..];
        }
    }

    private Entry ParseEntry(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> extra)
    {
        long length = BinaryPrimitives.ReadUInt32LittleEndian(fields[24..]);
        long compressedLength = BinaryPrimitives.ReadUInt32LittleEndian(fields[20..]);
        long headerStart = BinaryPrimitives.ReadUInt32LittleEndian(fields[42..]);
        while (extra.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
            {
                break;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == 1)
            {
                // ZIP64: only the fields that are all ones above, in this order.
                ReadOnlySpan<byte> wide = extra.Slice(4, size);
                length = Widen(length, ref wide);
                compressedLength = Widen(compressedLength, ref wide);
                headerStart = Widen(headerStart, ref wide);
            }

            extra = extra[(4 + size)..];
        }

        ushort method = BinaryPrimitives.ReadUInt16LittleEndian(fields[10..]);
        bool encrypted = (BinaryPrimitives.ReadUInt16LittleEndian(fields[8..]) & 1) != 0;
        if (length < 0 || headerStart < 0 || (method == 0 && length != compressedLength))
        {
            throw Damaged("an entry of its directory has impossible sizes");
        }

        return new Entry(method, encrypted, BinaryPrimitives.ReadUInt32LittleEndian(fields[16..]), length, headerStart);
    }

    private static long Widen(long value, ref ReadOnlySpan<byte> wide)
    {
        if (value != uint.MaxValue || wide.Length < sizeof(long))
        {
            return value;
        }

        long result = BinaryPrimitives.ReadInt64LittleEndian(wide);
        wide = wide[sizeof(long)..];
        return result;
    }

    private ArtifactException Damaged(string problem) =>
        new($"{_file.Source}: is a damaged zip file: {problem}; copy or download it again");

    private sealed record Entry(ushort Method, bool Encrypted, uint Crc32, long Length, long HeaderStart);
}
