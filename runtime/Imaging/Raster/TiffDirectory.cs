using System.Buffers.Binary;

namespace CxrOnnx.Imaging.Raster;

/// <summary>
/// The entries of a TIFF directory that say what the samples mean (TIFF 6.0 section 8, BigTIFF), which libvips does not pass on. All reads
/// are inside the file, and neither the number of directories nor that of values is taken from the file without a limit.
/// </summary>
internal sealed record TiffDirectory
{
    private const int MostDirectories = 4096;
    private const int MostEntries = 4096;
    private const int MostValues = 65_536;
    private const int ReducedResolution = 1;
    private const int TransparencyMask = 4;

    /// <summary>Position in the file, from 0; libvips calls it the page.</summary>
    public int Index { get; private init; }

    /// <summary>NewSubfileType: 1 marks a smaller copy, 4 a mask.</summary>
    public long SubfileType { get; private init; }

    /// <summary>BitsPerSample of the first sample.</summary>
    public int Bits { get; private init; }

    /// <summary>Compression scheme.</summary>
    public int Compression { get; private init; }

    /// <summary>PhotometricInterpretation; -1 where it is missing.</summary>
    public int Photometric { get; private init; }

    /// <summary>SamplesPerPixel.</summary>
    public int Samples { get; private init; }

    /// <summary>SampleFormat: 1 unsigned, 2 signed, 3 float.</summary>
    public int SampleFormat { get; private init; }

    /// <summary>ExtraSamples: 0 unspecified, 1 associated alpha, 2 unassociated alpha.</summary>
    public IReadOnlyList<int> ExtraSamples { get; private init; } = [];

    /// <summary>YCbCrSubSampling, horizontal and vertical; null where the file does not say (2 x 2 by the standard).</summary>
    public (int Across, int Down)? Subsampling { get; private init; }

    /// <summary>Bytes of all strips.</summary>
    public long StripBytes { get; private init; }

    /// <summary>Whether it lists fewer tiles than its picture has: a decoder looks for each of them, which can take seconds.</summary>
    public bool LacksTiles { get; private init; }

    /// <summary>Whether it is a picture of its own, and no smaller copy or mask of another one.</summary>
    public bool IsPicture => (SubfileType & (ReducedResolution | TransparencyMask)) == 0;

    /// <summary>Samples of a pixel that are colour; 0 for kinds that are not supported.</summary>
    public int Colours =>
        Photometric switch
        {
            0 or 1 or 3 => 1,
            2 or 6 => 3,
            _ => 0,
        };

    /// <summary>Reads the chain of directories.</summary>
    /// <returns>At least one, or none where the file is damaged before the first one.</returns>
    public static IReadOnlyList<TiffDirectory> ReadAll(byte[] content)
    {
        List<TiffDirectory> found = [];
        HashSet<long> seen = [];
        TiffBytes bytes = new(content);
        for (long at = bytes.FirstDirectory; at > 0 && found.Count < MostDirectories && seen.Add(at); )
        {
            long entries = bytes.Big ? bytes.Number(at, 8) : bytes.Number(at, 2);
            if (entries is < 1 or > MostEntries)
            {
                break;
            }

            found.Add(Read(bytes, at + (bytes.Big ? 8 : 2), (int)entries, found.Count));
            at = bytes.Number(at + (bytes.Big ? 8 : 2) + (entries * (bytes.Big ? 20 : 12)), bytes.Big ? 8 : 4);
        }

        return found;
    }

    private static TiffDirectory Read(TiffBytes bytes, long start, int count, int index)
    {
        Dictionary<int, List<long>> entries = [];
        for (int i = 0; i < count; i++)
        {
            long at = start + ((long)i * (bytes.Big ? 20 : 12));
            entries.TryAdd((int)bytes.Number(at, 2), Values(bytes, at));
        }

        long Value(int tag, long fallback, int place = 0) =>
            entries.TryGetValue(tag, out List<long>? values) && values.Count > place ? values[place] : fallback;

        // 0 where the picture is stored in strips.
        double TilesNeeded() =>
            Value(322, 0) > 0 && Value(323, 0) > 0
                ? Math.Ceiling(Value(256, 0) / (double)Value(322, 0))
                    * Math.Ceiling(Value(257, 0) / (double)Value(323, 0))
                    * (Value(284, 1) == 2 ? Value(277, 1) : 1)
                : 0;
        return new TiffDirectory
        {
            Index = index,
            SubfileType = Value(254, 0),
            Bits = (int)Value(258, 1),
            Compression = (int)Value(259, 1),
            Photometric = (int)Value(262, -1),
            Samples = (int)Value(277, 1),
            SampleFormat = (int)Value(339, 1),
            ExtraSamples = [.. entries.GetValueOrDefault(338, []).Select(value => (int)value)],
            Subsampling = entries.ContainsKey(530) ? ((int)Value(530, 2), (int)Value(530, 2, 1)) : null,
            StripBytes = entries.GetValueOrDefault(279, []).Sum(),
            LacksTiles = TilesNeeded() > entries.GetValueOrDefault(324, []).Count && entries.GetValueOrDefault(324, []).Count < MostValues,
        };
    }

    private static List<long> Values(TiffBytes bytes, long entry)
    {
        int size = bytes.Number(entry + 2, 2) switch
        {
            1 => 1,
            3 => 2,
            4 => 4,
            16 => 8,
            _ => 0,
        };
        if (size == 0)
        {
            return [];
        }

        int wide = bytes.Big ? 8 : 4;
        long count = bytes.Number(entry + 4, wide);
        long inside = entry + 4 + wide;
        long at = count * size <= wide ? inside : bytes.Number(inside, wide);
        return [.. Enumerable.Range(0, (int)Math.Clamp(count, 0, MostValues)).Select(i => bytes.Number(at + (i * size), size))];
    }

    /// <summary>Numbers of a TIFF file in its own byte order; 0 where the file is too short.</summary>
    private sealed class TiffBytes
    {
        private readonly byte[] _bytes;
        private readonly bool _bigEndian;

        public TiffBytes(byte[] content)
        {
            _bytes = content;
            _bigEndian = _bytes.Length > 0 && _bytes[0] == (byte)'M';
            Big = Number(2, 2) == 43;
        }

        public bool Big { get; }

        public long FirstDirectory => Big ? Number(8, 8) : Number(4, 4);

        public long Number(long at, int size)
        {
            if (at < 0 || at > _bytes.Length - size)
            {
                return 0;
            }

            ReadOnlySpan<byte> part = _bytes.AsSpan((int)at, size);
            return size switch
            {
                1 => part[0],
                2 => _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(part) : BinaryPrimitives.ReadUInt16LittleEndian(part),
                4 => _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(part) : BinaryPrimitives.ReadUInt32LittleEndian(part),
                _ => _bigEndian ? BinaryPrimitives.ReadInt64BigEndian(part) : BinaryPrimitives.ReadInt64LittleEndian(part),
            };
        }
    }
}
