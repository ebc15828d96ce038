namespace CxrOnnx.Lab.Benchmarks;

/// <summary>A picture with structure at several scales: what it shows does not matter for time, and both sides get the same.</summary>
internal static class BenchImage
{
    /// <summary>[size * size] values in [0,1].</summary>
    public static float[] Pixels(int size)
    {
        float[] pixels = new float[size * size];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                double u = (x + 0.5) / size,
                    v = (y + 0.5) / size;
                double lungs = Math.Exp(-(Math.Pow((Math.Abs(u - 0.5) - 0.2) / 0.12, 2) + Math.Pow((v - 0.5) / 0.3, 2)));
                double ribs = 0.08 * Math.Sin(40 * v) * lungs;
                pixels[(y * size) + x] = (float)Math.Clamp(0.7 - (0.5 * lungs) + ribs + (0.05 * Math.Sin(90 * u * v)), 0, 1);
            }
        }

        return pixels;
    }
}
