using System.IO.Compression;
using System.Text.Json;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// Reads data files as they ship: plain, or packed as gzip. The first bytes decide, never the name: browsers unpack files without renaming
/// them, and people rename files without unpacking them.
/// </summary>
public static class PackedFile
{
    /// <summary>Bytes of an unpacked file at most: a small archive can hold any amount of zeros.</summary>
    public const long LargestContent = 1L << 30;

    private static ReadOnlySpan<byte> Seal => "\nthe archive is whole: 5c1f6e0d\n"u8;

    /// <summary>The content of a file, unpacked where it is a gzip archive.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is missing, cannot be read, is a broken archive, or holds more than 1 GiB.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            return IsGzip(bytes) ? Unpack(bytes, path) : bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// The text of a file, unpacked where it is a gzip archive: UTF-8, or UTF-16 with its mark; without a mark at its begin.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="wanted">What it should be, for messages: "a CSV file".</param>
    /// <exception cref="InputException">It is missing or no such text; names the line.</exception>
    public static string ReadText(string path, string wanted) => DecodedText.Of(ReadAllBytes(path), path, wanted);

    /// <summary>The JSON document of a file, unpacked where it is a gzip archive.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The document, owned by the caller.</returns>
    /// <exception cref="InputException">It is missing or no JSON; names the line.</exception>
    public static JsonDocument ReadJson(string path)
    {
        string text = ReadText(path, "a JSON file");
        try
        {
            JsonDocument document = JsonDocument.Parse(text);
            CheckTexts(document.RootElement);
            return document;
        }
        catch (InvalidOperationException exception)
        {
            throw new InputException($"{path}: not valid JSON: a text holds half of a character (\\uD800 to \\uDFFF); mend it", exception);
        }
        catch (JsonException exception)
        {
            throw new InputException(
                $"{path} line {exception.LineNumber + 1}: not valid JSON: {FirstSentence(exception.Message)}; mend it, or fetch "
                    + $"the file again",
                exception
            );
        }
    }

    /// <summary>Whether content begins as a gzip archive does.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> content) => content is [0x1F, 0x8B, ..];

    /// <summary>Whether content begins as a zip archive does.</summary>
    public static bool IsZip(ReadOnlySpan<byte> content) => content is [(byte)'P', (byte)'K', 3, 4, ..];

    /// <summary>The parser takes escapes of half a character; asking for such a text throws, wherever that is.</summary>
    private static void CheckTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    CheckTexts(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    _ = property.Name;
                    CheckTexts(property.Value);
                }

                break;
            default:
                break;
        }
    }

    private static byte[] Unpack(byte[] packed, string path)
    {
        using MemoryStream content = new();
        try
        {
            // The runtime's reader takes an archive that ends early for a whole one. It reads archives one after the other, so a second one
            // behind the first is reached only if the first is whole.
            using GZipStream stream = new(new MemoryStream([.. packed, .. Packed(Seal)]), CompressionMode.Decompress);
            byte[] buffer = new byte[1 << 16];
            for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
            {
                content.Write(buffer.AsSpan(0, read));
                if (content.Length > LargestContent)
                {
                    throw new InputException($"{path}: holds more than {LargestContent >> 20} MiB unpacked; it is no table of a data set");
                }
            }
        }
        catch (InvalidDataException exception)
        {
            throw Broken(path, exception);
        }

        byte[] whole = content.ToArray();
        return whole.AsSpan().EndsWith(Seal) ? whole[..^Seal.Length] : throw Broken(path, null);
    }

    private static byte[] Packed(ReadOnlySpan<byte> content)
    {
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.NoCompression))
        {
            stream.Write(content);
        }

        return packed.ToArray();
    }

    private static InputException Broken(string path, Exception? exception) =>
        new($"{path}: is a gzip archive that is broken or ends too early; fetch the file again", exception);

    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}
