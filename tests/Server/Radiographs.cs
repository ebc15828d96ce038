using CxrOnnx.Tests;

namespace CxrOnnx.Server.Tests;

/// <summary>Pictures to send.</summary>
internal static class Radiographs
{
    private static readonly Lazy<byte[]> LazyPng = new(() => Make("chest.png", 96, 120));

    /// <summary>A small radiograph, not square.</summary>
    public static byte[] Png() => LazyPng.Value;

    /// <summary>A radiograph that no other test has sent: its size makes it unlike the others.</summary>
    public static byte[] Png(int width, int height) => Make("other.png", width, height);

    /// <summary>A picture of noise, which cannot be compressed: what is drawn on it is large.</summary>
    public static byte[] Noise(int width, int height)
    {
        using NetVips.Image noise = NetVips.Image.Gaussnoise(width, height, sigma: 60, mean: 128, seed: 1);
        using NetVips.Image bytes = noise.Cast(NetVips.Enums.BandFormat.Uchar);
        return bytes.PngsaveBuffer();
    }

    /// <summary>A TIFF file of two pages that do not look alike.</summary>
    public static byte[] TwoPages(int width, int height)
    {
        using NetVips.Image first = NetVips.Image.PngloadBuffer(Png(width, height));
        using NetVips.Image second = first.Flip(NetVips.Enums.Direction.Horizontal);
        using NetVips.Image both = NetVips.Image.Arrayjoin([first, second], across: 1);
        using NetVips.Image paged = both.Mutate(change => change.Set(NetVips.GValue.GIntType, "page-height", height));
        return paged.TiffsaveBuffer();
    }

    private static byte[] Make(string name, int width, int height)
    {
        string folder = Directory.CreateTempSubdirectory("cxr-picture-").FullName;
        try
        {
            return File.ReadAllBytes(TestImages.Radiograph(folder, name, width, height));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
