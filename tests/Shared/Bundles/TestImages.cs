using NetVips;

namespace CxrOnnx.Tests;

/// <summary>Pictures for command-line tests.</summary>
internal static class TestImages
{
    /// <summary>A PNG with a bright spot on a ramp; not square.</summary>
    public static string Radiograph(string folder, string name = "chest.png", int width = 96, int height = 120)
    {
        byte[] pixels = new byte[width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double spot = Math.Exp(-(Math.Pow(x - (width * 0.7), 2) + Math.Pow(y - (height * 0.6), 2)) / 200);
                pixels[(y * width) + x] = (byte)(40 + (80 * y / height) + (120 * spot));
            }
        }

        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, Image.NewFromMemory(pixels, width, height, 1, Enums.BandFormat.Uchar).PngsaveBuffer());
        return path;
    }
}
