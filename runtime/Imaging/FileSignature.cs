using System.Buffers.Binary;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging;

/// <summary>Tells a file's format by its first bytes; the extension is never trusted.</summary>
internal static class FileSignature
{
    private const int DicomPreambleLength = 128;

    private static readonly (byte[] Magic, int Offset, string Name)[] Foreign =
    [
        ("GIF8"u8.ToArray(), 0, "a GIF image"),
        ("BM"u8.ToArray(), 0, "a BMP image"),
        ("WEBP"u8.ToArray(), 8, "a WebP image"),
        ("ftyp"u8.ToArray(), 4, "a HEIF, AVIF or MP4 file"),
        ("%PDF"u8.ToArray(), 0, "a PDF document"),
        ("PK\u0003\u0004"u8.ToArray(), 0, "a zip archive"),
        ([0x1F, 0x8B], 0, "a gzip archive"),
        ([0xFF, 0x4F, 0xFF, 0x51], 0, "a bare JPEG 2000 stream"),
        ("jP  "u8.ToArray(), 4, "a JPEG 2000 image"),
        ([0xFF, 0x0A], 0, "a JPEG XL image"),
        ("\u0093NUMPY"u8[1..].ToArray(), 0, "a NumPy array"),
        ("<svg"u8.ToArray(), 0, "an SVG drawing"),
        ("<?xml"u8.ToArray(), 0, "an XML document"),
        ("{"u8.ToArray(), 0, "a JSON document"),
    ];

    /// <summary>The format, or null when the content is none that can be read.</summary>
    public static RadiographFormat? Detect(ReadOnlySpan<byte> content)
    {
        // First of all: the preamble before this mark is free, and some writers put a whole TIFF head there (PS3.10 7.1).
        if (content.Length > DicomPreambleLength + 4 && content[DicomPreambleLength..].StartsWith("DICM"u8))
        {
            return RadiographFormat.Dicom;
        }

        if (content.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            return RadiographFormat.Png;
        }

        if (content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return RadiographFormat.Jpeg;
        }

        if (
            content.StartsWith("II*\0"u8)
            || content.StartsWith("MM\0*"u8)
            || content.StartsWith("II+\0"u8)
            || content.StartsWith("MM\0+"u8)
        )
        {
            return RadiographFormat.Tiff;
        }

        return LooksLikeBareDataSet(content) ? RadiographFormat.Dicom : null;
    }

    /// <summary>What an unreadable content probably is, for the error message.</summary>
    public static string Describe(ReadOnlySpan<byte> content)
    {
        foreach ((byte[] magic, int offset, string name) in Foreign)
        {
            if (content.Length >= offset + magic.Length && content.Slice(offset, magic.Length).SequenceEqual(magic))
            {
                return name;
            }
        }

        return content.IsEmpty ? "an empty file" : "not an image that can be recognised";
    }

    /// <summary>
    /// Old archives hold data sets without preamble; they begin with group 0008 (or 0002) and a low element
    /// number, now and then in big endian.
    /// </summary>
    private static bool LooksLikeBareDataSet(ReadOnlySpan<byte> content)
    {
        if (content.Length < 16)
        {
            return false;
        }

        ushort group = BinaryPrimitives.ReadUInt16LittleEndian(content);
        ushort element = BinaryPrimitives.ReadUInt16LittleEndian(content[2..]);
        bool swapped = group == 0x0800 && element <= 0x2000 && (element & 0xFF) == 0;
        if (!swapped && (group is not (0x0002 or 0x0008) || element > 0x0020))
        {
            return false;
        }

        bool explicitVr = char.IsAsciiLetterUpper((char)content[4]) && char.IsAsciiLetterUpper((char)content[5]);
        return explicitVr || swapped || BinaryPrimitives.ReadUInt32LittleEndian(content[4..]) <= 128;
    }
}
