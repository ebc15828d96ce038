using System.Buffers;
using System.Text;

namespace CxrOnnx.Core.Artifacts;

/// <summary>Turns the bytes of a text file into text, or says why they are none.</summary>
internal static class DecodedText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16 = new(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding BigEndianUtf16 = new(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true);

    /// <summary>Decodes UTF-8, or UTF-16 with its mark.</summary>
    /// <param name="bytes">The content.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <param name="wanted">What it should be, for messages: "a CSV file".</param>
    /// <exception cref="InputException">It is no such text; names the line.</exception>
    public static string Of(byte[] bytes, string source, string wanted)
    {
        if (PackedFile.IsZip(bytes))
        {
            throw new InputException($"{source}: is a compressed file, {wanted} was expected; unpack it, or save it as {wanted[2..]}");
        }

        try
        {
            string text =
                bytes is [0xFF, 0xFE, ..] ? Utf16.GetString(bytes)
                : bytes is [0xFE, 0xFF, ..] ? BigEndianUtf16.GetString(bytes)
                : Utf8.GetString(bytes);
            int nul = text.IndexOf('\0', StringComparison.Ordinal);
            return nul < 0
                ? text.TrimStart('\uFEFF')
                : throw new InputException(
                    $"{source} line {LineOf(text.AsSpan(0, nul))}: holds a zero byte, so it is no text; save it as UTF-8"
                );
        }
        catch (DecoderFallbackException exception) when (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            throw new InputException($"{source}: is not the UTF-16 that its mark says; save it as UTF-8", exception);
        }
        catch (DecoderFallbackException exception)
        {
            int at = ValidLength(bytes);
            string before = Encoding.UTF8.GetString(bytes, 0, at);
            int lineStart = Math.Max(
                Array.LastIndexOf(bytes, (byte)'\n', Math.Max(0, at - 1)),
                Array.LastIndexOf(bytes, (byte)'\r', Math.Max(0, at - 1))
            );
            throw new InputException(
                $"{source} line {LineOf(before)}: is not UTF-8 (byte {at - lineStart} of the line is 0x{bytes[at]:X2}); save the file "
                    + $"as UTF-8",
                exception
            );
        }
    }

    /// <summary>Bytes before the first that is not UTF-8.</summary>
    private static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        while (length < bytes.Length && Rune.DecodeFromUtf8(bytes[length..], out _, out int consumed) == OperationStatus.Done)
        {
            length += consumed;
        }

        return Math.Min(length, bytes.Length - 1);
    }

    private static int LineOf(ReadOnlySpan<char> before) => 1 + before.Count('\n') + before.Count('\r') - before.Count("\r\n");
}
