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

        JpegSegments segments = new(stream);
        while (segments.Next())
        {
            if (segments.IsFrame)
            {
                return segments.Marker switch
                {
                    0xC0 => TransferSyntaxes.JpegBaseline,
                    0xC3 => TransferSyntaxes.JpegLossless,
                    0xF7 => TransferSyntaxes.JpegLs,
                    _ => TransferSyntaxes.JpegExtended,
                };
            }
        }

        return null;
    }
}
