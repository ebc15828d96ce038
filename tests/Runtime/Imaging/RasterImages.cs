using NetVips;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>A small gray picture for the tests of raster files.</summary>
internal static class RasterImages
{
    public const int Width = 40;
    public const int Height = 36;

    /// <summary>Its pixels, row by row.</summary>
    public static byte[] Ramp8 { get; } = [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i % 251))];

    public static Image Gray8() => Image.NewFromMemory(Ramp8, Width, Height, 1, Enums.BandFormat.Uchar);
}
