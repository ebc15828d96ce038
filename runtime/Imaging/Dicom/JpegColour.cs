namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// What a JPEG stream itself says about its colours. DICOM's label is wrong now and then, and decompressors follow the label.
/// </summary>
internal static class JpegColour
{
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
        bool? found = null;
        JpegSegments segments = new(stream);
        while (segments.Next())
        {
            byte marker = segments.Marker;
            ReadOnlySpan<byte> body = segments.Body;
            if (marker == AdobeMarker && body.StartsWith("Adobe"u8) && body.Length > AdobeTransformAt)
            {
                return body[AdobeTransformAt] == 1;
            }

            bool marked = marker == JfifMarker ? body.StartsWith("JFIF\0"u8) : marker == ExifMarker && body.StartsWith("Exif\0"u8);
            if (marked || IsSubsampled(marker, body))
            {
                found = true;
            }
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
