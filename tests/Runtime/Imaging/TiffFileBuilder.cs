namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>Writes small uncompressed TIFF files, value by value, in either byte order.</summary>
internal sealed class TiffFileBuilder
{
    public const int Width = 40;
    public const int Height = 36;

    private const int Short = 3;
    private const int Long = 4;
    private const int HeadLength = 8;
    private const int EntryLength = 12;

    private readonly List<(byte[] Data, SortedDictionary<int, (int Type, int[] Values)> Tags)> _pages = [];

    public bool BigEndian { get; init; }

    /// <summary>Adds a page of pixels.</summary>
    /// <param name="photometric">0 white is zero, 1 black is zero, 2 RGB, 3 palette, 6 YCbCr.</param>
    /// <param name="bits">Bits of every sample, 8 or 16.</param>
    /// <param name="samples">Samples per pixel.</param>
    /// <param name="value">The value of a pixel's sample.</param>
    public TiffFileBuilder Page(int photometric, int bits, int samples, Func<int, int, int> value) =>
        Page(
            photometric,
            bits,
            samples,
            [
                .. Enumerable
                    .Range(0, Width * Height)
                    .SelectMany(pixel => Enumerable.Range(0, samples).Select(sample => value(pixel, sample))),
            ]
        );

    /// <summary>Adds a page of values in the order in which they lie in the file.</summary>
    public TiffFileBuilder Page(int photometric, int bits, int samples, int[] values)
    {
        byte[] data = [.. values.SelectMany(value => bits == 16 ? Number(value, 2) : [(byte)value])];
        _pages.Add(
            (
                data,
                new SortedDictionary<int, (int, int[])>
                {
                    [256] = (Short, [Width]),
                    [257] = (Short, [Height]),
                    [258] = (Short, [.. Enumerable.Repeat(bits, samples)]),
                    [259] = (Short, [1]),
                    [262] = (Short, [photometric]),
                    [273] = (Long, [0]),
                    [277] = (Short, [samples]),
                    [278] = (Short, [Height]),
                    [279] = (Long, [data.Length]),
                }
            )
        );
        return this;
    }

    /// <summary>Sets a tag of the last page.</summary>
    public TiffFileBuilder Tag(int tag, params int[] values)
    {
        _pages[^1].Tags[tag] = (Short, values);
        return this;
    }

    public byte[] Build()
    {
        List<byte> file = [.. BigEndian ? "MM"u8 : "II"u8, .. Number(42, 2), .. Number(0, 4)];
        int link = 4;
        foreach ((byte[] data, SortedDictionary<int, (int Type, int[] Values)> tags) in _pages)
        {
            if (tags[273].Values.Length == 1)
            {
                tags[273] = (Long, [file.Count]);
            }

            file.AddRange(data.Length % 2 == 0 ? data : [.. data, 0]);
            int directory = file.Count;
            int outside = directory + 2 + (tags.Count * EntryLength) + 4;
            List<byte> far = [];
            Replace(file, link, Number(directory, 4));
            file.AddRange(Number(tags.Count, 2));
            foreach ((int tag, (int type, int[] values)) in tags)
            {
                byte[] bytes = [.. values.SelectMany(value => Number(value, type == Short ? 2 : 4))];
                file.AddRange([.. Number(tag, 2), .. Number(type, 2), .. Number(values.Length, 4)]);
                file.AddRange(bytes.Length <= 4 ? [.. bytes, .. new byte[4 - bytes.Length]] : Number(outside + far.Count, 4));
                far.AddRange(bytes.Length <= 4 ? [] : bytes);
            }

            link = file.Count;
            file.AddRange([.. Number(0, 4), .. far]);
        }

        return [.. file];
    }

    /// <summary>Sets the strips of a page whose samples lie in planes: one strip each.</summary>
    public TiffFileBuilder Planes(int count)
    {
        int bytes = _pages[^1].Data.Length / count;
        _pages[^1].Tags[284] = (Short, [2]);
        _pages[^1].Tags[273] = (Long, [.. Enumerable.Range(0, count).Select(plane => HeadLength + (plane * bytes))]);
        _pages[^1].Tags[279] = (Long, [.. Enumerable.Repeat(bytes, count)]);
        return this;
    }

    private static void Replace(List<byte> file, int at, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            file[at + i] = bytes[i];
        }
    }

    private byte[] Number(int value, int size)
    {
        byte[] bytes = [.. Enumerable.Range(0, size).Select(i => (byte)(value >> (8 * i)))];
        return BigEndian ? [.. bytes.Reverse()] : bytes;
    }
}
