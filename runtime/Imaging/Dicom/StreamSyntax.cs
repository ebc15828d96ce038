namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// The transfer syntax that a compressed stream has by its own marks, for files that declare none of the compressed ones.
/// </summary>
internal static class StreamSyntax
{
    /// <summary>Tells the syntax.</summary>
    /// <param name="stream">The start of the first fragment.</param>
    /// <returns>The identifier, or null where the stream has no such marks (RLE has none).</returns>
    public static string? Of(ReadOnlySpan<byte> stream)
    {
        if (stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]))
        {
            return TransferSyntaxes.Jpeg2000;
        }

        if (!stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
        {
            return null;
        }

        for (int at = 2; at + 4 <= stream.Length && stream[at] == 0xFF; )
        {
            string? found = stream[at + 1] switch
            {
                0xC0 => TransferSyntaxes.JpegBaseline,
                0xC1 or 0xC2 => TransferSyntaxes.JpegExtended,
                0xC3 => TransferSyntaxes.JpegLossless,
                0xF7 => TransferSyntaxes.JpegLs,
                _ => null,
            };
            if (found is not null)
            {
                return found;
            }

            at += 2 + ((stream[at + 2] << 8) | stream[at + 3]);
        }

        return null;
    }
}
