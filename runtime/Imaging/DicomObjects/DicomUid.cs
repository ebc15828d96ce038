using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CxrOnnx.Imaging.DicomObjects;

/// <summary>
/// Unique identifiers under the root 2.25, which everybody may use: a UUID as one decimal number (PS3.5 B.2). The UUID is made of what the
/// object is made of (RFC 9562 version 8), so that the same object made again has the same identifier and is no double in an archive.
/// </summary>
internal static class DicomUid
{
    private const int Version = 8;

    /// <summary>The identifier of texts; another text, or the same ones split in another way, gives another one.</summary>
    public static string Of(params IEnumerable<string> parts)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        Span<byte> uuid = hash.GetHashAndReset().AsSpan(0, 16);
        uuid[6] = (byte)((uuid[6] & 0x0F) | (Version << 4));
        uuid[8] = (byte)((uuid[8] & 0x3F) | 0x80);
        return "2.25." + BinaryPrimitives.ReadUInt128BigEndian(uuid).ToString(CultureInfo.InvariantCulture);
    }
}
