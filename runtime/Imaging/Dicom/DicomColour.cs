using System.Buffers.Binary;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>Brightness of colour pictures: 0.299 R + 0.587 G + 0.114 B, or Y where the file stores it.</summary>
internal static class DicomColour
{
    private const double BlackOfPartial = 16 / 255.0;
    private const double RangeOfPartial = 219 / 255.0;

    /// <summary>Takes the brightness.</summary>
    /// <param name="pixels">How the samples lie.</param>
    /// <param name="frame">One frame's bytes.</param>
    /// <returns>float32 [Height, Width] in [0,1].</returns>
    public static float[] Brightness(DicomPixels pixels, ReadOnlySpan<byte> frame)
    {
        int count = pixels.Width * pixels.Height;
        bool halved = frame.Length < (long)count * pixels.SamplesPerPixel * (pixels.BitsAllocated / 8);
        bool rgb = pixels.Photometric is "RGB";
        bool partial = pixels.Photometric.StartsWith("YBR_PARTIAL", StringComparison.Ordinal);
        float[] gray = new float[count];
        for (int i = 0; i < count; i++)
        {
            // Y Y Cb Cr for every pair of pixels.
            int first =
                halved ? (i / 2 * 4) + (i % 2)
                : pixels.Planar ? i
                : i * 3;
            int step = pixels.Planar ? count : 1;
            double value = Sample(frame, first);
            if (rgb)
            {
                value = (0.299 * value) + (0.587 * Sample(frame, first + step)) + (0.114 * Sample(frame, first + (2 * step)));
            }

            value /= pixels.Largest;
            gray[i] = (float)(partial ? Math.Clamp((value - BlackOfPartial) / RangeOfPartial, 0, 1) : value);
        }

        return gray;

        double Sample(ReadOnlySpan<byte> bytes, int index) =>
            pixels.StoredValue(pixels.BitsAllocated == 8 ? bytes[index] : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(index * 2)..]));
    }
}
