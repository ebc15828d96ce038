using System.Text;
using System.Text.Json;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Native;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Data;

/// <summary>
/// Preprocessed images and their records on disk, so that making them never competes with training twice: <c>images.u8</c> (one byte per
/// pixel, image after image) and <c>records.jsonl</c> (one record per line); <c>cache.json</c> is written last and names what the cache was
/// made from. Reading is thread-safe and keeps nothing in memory but the records.
/// </summary>
public sealed class RadiographCache : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly SafeFileHandle _images;

    private RadiographCache(SafeFileHandle images, CacheHeader header, IReadOnlyList<TrainingRecord> records)
    {
        _images = images;
        Size = header.Size;
        Fingerprint = header.Fingerprint;
        Records = records;
    }

    /// <summary>Side of the square images in pixels.</summary>
    public int Size { get; }

    /// <summary>What the cache was made from, as its maker described it.</summary>
    public string Fingerprint { get; }

    /// <summary>One record per image.</summary>
    public IReadOnlyList<TrainingRecord> Records { get; }

    /// <summary>Writes a cache.</summary>
    /// <param name="folder">Folder to write into; made if absent.</param>
    /// <param name="size">Side of the images in pixels.</param>
    /// <param name="fingerprint">What the images are made from; compared on opening.</param>
    /// <param name="samples">Pixels (row-major, [0,1], size*size) and record of each image, in order.</param>
    public static void Write(string folder, int size, string fingerprint, IEnumerable<(float[] Pixels, TrainingRecord Record)> samples)
    {
        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, "cache.json"));
        int count = 0;
        AtomicFile.Write(
            Path.Combine(folder, "records.jsonl"),
            records =>
                AtomicFile.Write(
                    Path.Combine(folder, "images.u8"),
                    images =>
                    {
                        byte[] bytes = new byte[size * size];
                        foreach ((float[] pixels, TrainingRecord record) in samples)
                        {
                            if (pixels.Length != bytes.Length)
                            {
                                throw new InputException($"image {record.Index}: {pixels.Length} pixels, wanted {size} x {size}");
                            }

                            for (int i = 0; i < bytes.Length; i++)
                            {
                                bytes[i] = (byte)Math.Clamp((int)MathF.Round(pixels[i] * 255), 0, 255);
                            }

                            images.Write(bytes);
                            records.Write(JsonSerializer.SerializeToUtf8Bytes(record, Json));
                            records.WriteByte((byte)'\n');
                            count++;
                        }
                    }
                )
        );
        AtomicFile.WriteText(
            Path.Combine(folder, "cache.json"),
            JsonSerializer.Serialize(new CacheHeader(size, count, fingerprint), Json) + "\n"
        );
    }

    /// <summary>Opens a cache.</summary>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="ArtifactException">A file is missing, or the files do not fit together.</exception>
    public static RadiographCache Open(string folder)
    {
        string headerPath = Path.Combine(folder, "cache.json");
        if (!File.Exists(headerPath))
        {
            throw new ArtifactException($"{folder}: no cache.json, so the image cache is absent or unfinished; make it again");
        }

        CacheHeader header = JsonSerializer.Deserialize<CacheHeader>(File.ReadAllText(headerPath), Json)!;
        TrainingRecord[] records =
        [
            .. File.ReadLines(Path.Combine(folder, "records.jsonl"), Encoding.UTF8)
                .Select(line => JsonSerializer.Deserialize<TrainingRecord>(line, Json)!),
        ];
        string imagesPath = Path.Combine(folder, "images.u8");
        long wanted = (long)header.Count * header.Size * header.Size;
        if (records.Length != header.Count || new FileInfo(imagesPath).Length != wanted)
        {
            throw new ArtifactException(
                $"{folder}: {records.Length} records and {new FileInfo(imagesPath).Length} image bytes, wanted {header.Count} and "
                    + $"{wanted}; make the cache again"
            );
        }

        return new RadiographCache(File.OpenHandle(imagesPath), header, records);
    }

    /// <summary>Reads images.</summary>
    /// <param name="positions">Positions in <see cref="Records"/>, in any order.</param>
    /// <returns>float32 [positions, 1, size, size] in [0,1]; owned by the caller.</returns>
    public Tensor Images(params IReadOnlyList<int> positions)
    {
        int pixels = Size * Size;
        byte[] bytes = new byte[positions.Count * pixels];
        for (int i = 0; i < positions.Count; i++)
        {
            RandomAccess.Read(_images, bytes.AsSpan(i * pixels, pixels), (long)positions[i] * pixels);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor floats = tensor(bytes, dtype: ScalarType.Byte).to(ScalarType.Float32).DivideInPlace(255);
        return scope.MoveToOuter(floats.view(positions.Count, 1, Size, Size));
    }

    /// <inheritdoc/>
    public void Dispose() => _images.Dispose();

    private sealed record CacheHeader(int Size, int Count, string Fingerprint);
}
