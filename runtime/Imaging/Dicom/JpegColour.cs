namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// What a JPEG stream itself says about its colours. DICOM's label is wrong now and then, and decompressors follow the label.
/// </summary>
internal static class JpegColour
{
    private const int StartOfScan = 0xDA;
    private const int JfifMarker = 0xE0;
    private const int ExifMarker = 0xE1;
    private const int AdobeMarker = 0xEE;
    private const int AdobeTransformAt = 11;
    private const int ComponentsAt = 5;

    /// <summary>Whether the stream holds brightness and colour differences.</summary>
    /// <param name="stream">The start of the stream.</param>
    /// <returns>
    /// What Adobe's mark says; else true with a JFIF or Exif mark, whose colours are always YCbCr, and with sampling that is coarser for
    /// the second component than for the first, which makes no sense for RGB; else null.
    /// </returns>
    public static bool? IsYCbCr(ReadOnlySpan<byte> stream)
    {
        if (!stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
        {
            return null;
        }

        bool? found = null;
        for (int at = 2; at + 4 <= stream.Length && stream[at] == 0xFF && stream[at + 1] != StartOfScan; )
        {
            byte marker = stream[at + 1];
            int length = (stream[at + 2] << 8) | stream[at + 3];
            ReadOnlySpan<byte> body = stream[(at + 4)..Math.Clamp(at + 2 + length, at + 4, stream.Length)];
            if (marker == AdobeMarker && body.StartsWith("Adobe"u8) && body.Length > AdobeTransformAt)
            {
                return body[AdobeTransformAt] == 1;
            }

            bool marked = marker == JfifMarker ? body.StartsWith("JFIF\0"u8) : marker == ExifMarker && body.StartsWith("Exif\0"u8);
            if (marked || IsSubsampled(marker, body))
            {
                found = true;
            }

            at += 2 + length;
        }

        return found;
    }

    /// <summary>Frame header: precision, height, width, then for each component its name, sampling factors and table.</summary>
    private static bool IsSubsampled(byte marker, ReadOnlySpan<byte> body) =>
        marker is 0xC0 or 0xC1 or 0xC2
        && body.Length >= ComponentsAt + 1 + 9
        && body[ComponentsAt] == 3
        && body[ComponentsAt + 2] > body[ComponentsAt + 5];
}
