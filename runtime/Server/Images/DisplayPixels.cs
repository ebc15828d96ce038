using System.Runtime.InteropServices;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;

namespace CxrOnnx.Server.Images;

/// <summary>
/// A radiograph for the page: 16 bits, so that a window can be chosen without banding, and not larger than a screen needs.
/// </summary>
internal static class DisplayPixels
{
    /// <summary>The picture with its longer side scaled down to at most <paramref name="maxSide"/> by averaging.</summary>
    /// <returns>uint16, little-endian, row-major.</returns>
    public static (byte[] Samples, ImageSize Size) Of(GrayImage image, int maxSide)
    {
        double scale = Math.Min(1, (double)maxSide / Math.Max(image.Width, image.Height));
        ImageSize size = new(Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)));
        ushort[] samples = new ushort[size.PixelCount];
        for (int y = 0; y < size.Height; y++)
        {
            (int top, int bottom) = Span(y, size.Height, image.Height);
            for (int x = 0; x < size.Width; x++)
            {
                (int left, int right) = Span(x, size.Width, image.Width);
                float sum = 0;
                for (int row = top; row < bottom; row++)
                {
                    foreach (float value in image.Pixels.AsSpan((row * image.Width) + left, right - left))
                    {
                        sum += value;
                    }
                }

                samples[(y * size.Width) + x] = (ushort)
                    MathF.Round(Math.Clamp(sum / ((bottom - top) * (right - left)), 0f, 1f) * ushort.MaxValue);
            }
        }

        return (MemoryMarshal.AsBytes<ushort>(samples).ToArray(), size);
    }

    /// <summary>The source pixels [from, to) that a target pixel covers; never empty.</summary>
    private static (int From, int To) Span(int index, int target, int source)
    {
        int from = (int)((long)index * source / target);
        return (from, Math.Max(from + 1, (int)((long)(index + 1) * source / target)));
    }
}
