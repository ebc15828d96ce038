using System.Text;

namespace CxrOnnx.Core.Tokenization;

/// <summary>
/// Strict UTF-8, and the two dialects that databases and Java write: surrogates encoded on their own (CESU-8) and U+0000 as two bytes.
/// </summary>
internal static class LenientUtf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes bytes.</summary>
    /// <returns>False if they are not UTF-8 in any of the dialects.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        StringBuilder result = new(bytes.Length);
        while (bytes.IndexOfAny((byte)0xED, (byte)0xC0) is var special && special >= 0)
        {
            if (!TryDecodeStrictly(bytes[..special], result))
            {
                text = "";
                return false;
            }

            bytes = bytes[special..];
            if (IsSurrogatePair(bytes))
            {
                result.Append(Unit(bytes)).Append(Unit(bytes[3..]));
                bytes = bytes[6..];
            }
            else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xC0, 0x80]))
            {
                result.Append('\0');
                bytes = bytes[2..];
            }
            else if (bytes.Length >= 3 && bytes[0] == 0xED && TryDecodeStrictly(bytes[..3], result))
            {
                bytes = bytes[3..];
            }
            else
            {
                text = "";
                return false;
            }
        }

        bool sound = TryDecodeStrictly(bytes, result);
        text = sound ? result.ToString() : "";
        return sound;
    }

    private static bool IsSurrogatePair(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 6
        && bytes[0] == 0xED
        && bytes[1] is >= 0xA0 and <= 0xAF
        && bytes[2] is >= 0x80 and <= 0xBF
        && bytes[3] == 0xED
        && bytes[4] is >= 0xB0 and <= 0xBF
        && bytes[5] is >= 0x80 and <= 0xBF;

    private static char Unit(ReadOnlySpan<byte> bytes) => (char)(0xD000 | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F));

    private static bool TryDecodeStrictly(ReadOnlySpan<byte> bytes, StringBuilder result)
    {
        // Deciding by Utf8.IsValid keeps an exception out of the common case, text that is not UTF-8 at all.
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return false;
        }

        result.Append(Strict.GetString(bytes));
        return true;
    }
}
