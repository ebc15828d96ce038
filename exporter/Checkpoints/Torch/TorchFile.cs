using System.Collections.Concurrent;
using System.Text;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// A checkpoint written by <c>torch.save</c>, zipped (since 1.6) or legacy. Tensors are read in place, one at a time; thread-safe.
/// </summary>
internal sealed class TorchFile : ICheckpoint
{
    private const long MaxPickleLength = 1 << 26;
    private const int ChecksumPiece = 1 << 20;

    private readonly ArtifactStream _file;
    private readonly OrderedDictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, TorchTensor> _views = [];
    private readonly IReadOnlyDictionary<string, StorageBytes> _storages;
    private readonly ConcurrentDictionary<string, bool> _verified = [];

    private TorchFile(ArtifactStream file, object? content, string? key, IReadOnlyDictionary<string, StorageBytes> storages)
    {
        _file = file;
        _storages = storages;
        TorchStateDict found = TorchStateDict.Find(content, key, file.Source);
        Key = found.Key;
        NamePrefix = found.NamePrefix;
        Notes = found.Notes;
        foreach ((string name, TorchTensor tensor) in found.Tensors)
        {
            _views.Add(name, tensor);
            _tensors.Add(name, new TensorInfo(name, tensor.DataType, tensor.Shape));
        }
    }

    public string Source => _file.Source;

    public string Key { get; }

    public IReadOnlyList<string> Notes { get; }

    /// <summary>What is left of the wanted key: the beginning of the wanted tensors' names; empty for all.</summary>
    public string NamePrefix { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Takes over a zip file (closes it on failure, too).</summary>
    public static TorchFile OpenZip(ArtifactStream file, string? key)
    {
        ZipDirectory zip = new(file);
        string pickleName =
            zip.Names.Where(name => name == "data.pkl" || name.EndsWith("/data.pkl", StringComparison.Ordinal)).MinBy(name => name.Length)
            ?? throw new ArtifactException($"{file.Source}: is a zip file without data.pkl; a file written by torch.save was expected");
        string root = pickleName[..^"data.pkl".Length];
        CheckByteOrder(file, zip, $"{root}byteorder");
        (long position, long length, uint pickleChecksum) = zip.Locate(pickleName);
        if (length > MaxPickleLength)
        {
            throw new ArtifactException($"{file.Source}: data.pkl has {length} bytes, at most {MaxPickleLength} are read");
        }

        Verify(file, pickleName, new StorageBytes(position, length, pickleChecksum), default);
        TorchPickle pickle = new(file);
        object? content = pickle.Load(ref position, position + length);
        Dictionary<string, StorageBytes> storages = [];
        foreach (TorchStorage storage in pickle.Storages.Values)
        {
            string name = $"{root}data/{storage.Key}";
            (long start, long stored, uint checksum) = zip.Locate(name);
            if (stored != ByteCount(storage, file))
            {
                throw new ArtifactException(
                    $"{file.Source}: entry '{TorchPickle.Printable(name)}' has {stored} bytes, its tensors need {storage.ByteCount}; "
                        + $"the file is damaged, save or copy it again"
                );
            }

            storages.Add(storage.Key, new StorageBytes(start, stored, checksum));
        }

        return new TorchFile(file, content, key, storages);
    }

    /// <summary>Takes over a file of the format before PyTorch 1.6: five pickles, then the storages, each with its length.</summary>
    public static TorchFile OpenLegacy(ArtifactStream file, string? key)
    {
        long position = 0;
        TorchPickle pickle = new(file);
        if (pickle.Load(ref position, PickleEnd()) is not byte[] magic || !magic.AsSpan().SequenceEqual(LegacyMagic))
        {
            throw new ArtifactException($"{file.Source}: is a pickle, but not one written by torch.save");
        }

        if (pickle.Load(ref position, PickleEnd()) is not 1001L)
        {
            throw new ArtifactException(
                $"{file.Source}: is of an unknown version of PyTorch's legacy format; save it again with PyTorch 1.6 or later"
            );
        }

        if (
            pickle.Load(ref position, PickleEnd()) is not PickleDictionary system
            || system.TextEntries().GetValueOrDefault("little_endian") is not true
        )
        {
            throw new ArtifactException($"{file.Source}: was written on a big-endian machine; save it again on a little-endian one");
        }

        object? content = pickle.Load(ref position, PickleEnd());
        if (pickle.Load(ref position, PickleEnd()) is not List<object?> keys)
        {
            throw new ArtifactException($"{file.Source}: the list of storages is missing; the file is damaged, save or copy it again");
        }

        return new TorchFile(file, content, key, LegacyStorages(file, pickle, keys, position));

        long PickleEnd() => Math.Min(file.Length, position + MaxPickleLength);
    }

    public void Read(string name, Span<byte> destination)
    {
        TensorInfo info = this.InfoOf(name);
        if (destination.Length != info.ByteCount)
        {
            throw new ArgumentException(
                $"tensor '{name}' has {info.ByteCount} bytes, the buffer {destination.Length}",
                nameof(destination)
            );
        }

        if (destination.IsEmpty)
        {
            return;
        }

        TorchTensor tensor = _views[name];
        StorageBytes storage = _storages[tensor.Storage.Key];
        long start = storage.Start + (tensor.Offset * info.ElementSize);
        if (tensor.IsContiguous && destination.Length == storage.Length)
        {
            _file.ReadExactly(start, destination);
            VerifyOnce(tensor.Storage.Key, storage, destination);
        }
        else
        {
            VerifyOnce(tensor.Storage.Key, storage, default);
            if (tensor.IsContiguous)
            {
                _file.ReadExactly(start, destination);
            }
            else
            {
                ReadStrided(tensor, info, start, destination);
            }
        }

        if (tensor.IsNegated)
        {
            Negate(destination, tensor.DataType);
        }
    }

    public void Dispose() => _file.Dispose();

    private void ReadStrided(TorchTensor tensor, TensorInfo info, long start, Span<byte> destination)
    {
        long extent = (tensor.LastIndex - tensor.Offset + 1) * info.ElementSize;
        if (extent > Array.MaxLength)
        {
            throw new ArtifactException($"{Source}: tensor '{info.Name}' is a view that spreads over {extent} bytes; save it contiguous");
        }

        byte[] bytes = new byte[extent];
        _file.ReadExactly(start, bytes);
        int size = info.ElementSize;
        long[] index = new long[tensor.Shape.Count];
        long source = 0;
        for (int target = 0; target < destination.Length; target += size)
        {
            bytes.AsSpan((int)source, size).CopyTo(destination[target..]);
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                source += tensor.Strides[axis] * size;
                if (++index[axis] < tensor.Shape[axis])
                {
                    break;
                }

                source -= tensor.Shape[axis] * tensor.Strides[axis] * size;
                index[axis] = 0;
            }
        }
    }

    /// <summary>Gives every value the other sign; integers as two's complement.</summary>
    private static void Negate(Span<byte> bytes, TensorDataType type)
    {
        int size = new TensorInfo("", type, []).ElementSize;
        bool isFloat = type is TensorDataType.F16 or TensorDataType.BF16 or TensorDataType.F32 or TensorDataType.F64;
        for (int start = 0; start < bytes.Length; start += size)
        {
            Span<byte> element = bytes.Slice(start, size);
            if (isFloat)
            {
                element[^1] ^= 0x80;
                continue;
            }

            int carry = 1;
            foreach (ref byte part in element)
            {
                int sum = (byte)~part + carry;
                part = (byte)sum;
                carry = sum >> 8;
            }
        }
    }

    /// <summary>Compares a storage with its checksum the first time it is used.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="storage">Where it lies.</param>
    /// <param name="content">All its bytes if they are at hand, else empty.</param>
    private void VerifyOnce(string key, StorageBytes storage, ReadOnlySpan<byte> content)
    {
        if (!_verified.ContainsKey(key))
        {
            Verify(_file, $"data/{key}", storage, content);
            _verified[key] = true;
        }
    }

    private static void Verify(ArtifactStream file, string name, StorageBytes bytes, ReadOnlySpan<byte> content)
    {
        // The legacy format has no checksums, and PyTorch can be told to leave them out (it writes 0 then).
        if (bytes.Checksum is 0 or null)
        {
            return;
        }

        uint checksum = content.IsEmpty ? ChecksumOf(file, bytes) : Crc32.Append(0, content);
        if (checksum != bytes.Checksum)
        {
            throw new ArtifactException(
                $"{file.Source}: '{TorchPickle.Printable(name)}' has CRC-32 {checksum:x8}, the archive says {bytes.Checksum:x8}; the "
                    + $"file is damaged, copy or download it again"
            );
        }
    }

    private static uint ChecksumOf(ArtifactStream file, StorageBytes bytes)
    {
        byte[] piece = new byte[Math.Min(ChecksumPiece, bytes.Length)];
        uint checksum = 0;
        for (long done = 0; done < bytes.Length; done += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, bytes.Length - done));
            file.ReadExactly(bytes.Start + done, part);
            checksum = Crc32.Append(checksum, part);
        }

        return checksum;
    }

    private static Dictionary<string, StorageBytes> LegacyStorages(
        ArtifactStream file,
        TorchPickle pickle,
        List<object?> keys,
        long position
    )
    {
        Dictionary<string, StorageBytes> storages = [];
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (object? item in keys)
        {
            if (item is not string key || !pickle.Storages.TryGetValue(key, out TorchStorage? storage) || storages.ContainsKey(key))
            {
                throw new ArtifactException(
                    $"{file.Source}: the list of storages does not fit the tensors; the file is damaged, save or copy it again"
                );
            }

            file.ReadExactly(position, count);
            position += count.Length;
            long elements = BitConverter.ToInt64(count);
            long length = ByteCount(storage, file);
            if (elements != storage.ElementCount || length > file.Length - position)
            {
                throw new ArtifactException(
                    $"{file.Source}: storage '{TorchPickle.Printable(key)}' has {elements} elements and {file.Length - position} bytes "
                        + $"are left, its tensors need "
                        + $"{storage.ElementCount} ({length} bytes); the file is truncated or damaged, copy it again"
                );
            }

            storages.Add(key, new StorageBytes(position, length, null));
            position += length;
        }

        return pickle.Storages.Keys.FirstOrDefault(key => !storages.ContainsKey(key)) is { } missing
            ? throw new ArtifactException(
                $"{file.Source}: storage '{TorchPickle.Printable(missing)}' is missing; the file is damaged, save or copy it again"
            )
            : storages;
    }

    private static ReadOnlySpan<byte> LegacyMagic => [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    private static long ByteCount(TorchStorage storage, ArtifactStream file)
    {
        try
        {
            return storage.ByteCount;
        }
        catch (OverflowException exception)
        {
            throw new ArtifactException(
                $"{file.Source}: storage '{TorchPickle.Printable(storage.Key)}' would have {storage.ElementCount} elements; the file is "
                    + $"damaged",
                exception
            );
        }
    }

    private static void CheckByteOrder(ArtifactStream file, ZipDirectory zip, string name)
    {
        if (!zip.Names.Contains(name))
        {
            return;
        }

        (long start, long length, _) = zip.Locate(name);
        byte[] text = new byte[Math.Min(length, 16)];
        file.ReadExactly(start, text);
        if (Encoding.ASCII.GetString(text).Trim() != "little")
        {
            throw new ArtifactException(
                $"{file.Source}: its byte order is '{TorchPickle.Printable(Encoding.ASCII.GetString(text))}', only 'little' can be "
                    + $"read; save it again on a little-endian machine"
            );
        }
    }

    /// <summary>Where a storage lies in the file; the checksum is null where the format has none.</summary>
    private sealed record StorageBytes(long Start, long Length, uint? Checksum);
}
