namespace CxrOnnx.Exporter.Quantization;

/// <summary>
/// Symmetric quantisation of a weight, row by row (output channel by output channel), to 7 bits, and of the bias beside it.
/// </summary>
/// <remarks>
/// 7 bits because x86 processors with AVX2 or AVX-512 but without VNNI add pairs of u8 x s8 products in saturating 16-bit integers
/// (<c>vpmaddubsw</c>): 2 x 255 x 127 does not fit into them, 2 x 255 x 63 does. See <c>docs/adr/0012-quantisation.md</c>.
/// </remarks>
public static class RowQuantizer
{
    /// <summary>Largest magnitude of a quantised weight.</summary>
    public const int Limit = 63;

    // A bias in units of the row must fit into int32, with room for the sum of the products that is added to it.
    private const double BiasLimit = 1 << 30;

    // Below it a scale is not a normal float32 any more.
    private const double SmallestScale = 1e-36;

    /// <summary>The scale of every row.</summary>
    /// <param name="weight">float32 [rows, columns], row-major.</param>
    /// <param name="bias">float32 [rows], or empty.</param>
    /// <param name="inputScale">Scale of the layer's quantised input.</param>
    /// <param name="scales">
    /// Receives [rows] positive numbers: the row's largest magnitude / <see cref="Limit"/>, or more where the bias needs it.
    /// </param>
    public static void Scales(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float inputScale, Span<float> scales)
    {
        int columns = weight.Length / scales.Length;
        for (int row = 0; row < scales.Length; row++)
        {
            float largest = 0;
            foreach (float value in weight.Slice(row * columns, columns))
            {
                largest = Math.Max(largest, Math.Abs(value));
            }

            double scale = largest / (double)Limit;
            if (bias.Length > 0)
            {
                scale = Math.Max(scale, Math.Abs(bias[row]) / (inputScale * BiasLimit));
            }
            // A row of zeros has no scale of its own.
            scales[row] = scale > SmallestScale ? (float)scale : 1;
        }
    }

    /// <summary>A weight in units of its row's scale.</summary>
    /// <param name="value">The weight.</param>
    /// <param name="scale">The scale.</param>
    /// <returns>In [-<see cref="Limit"/>, <see cref="Limit"/>].</returns>
    public static sbyte Weight(float value, float scale) => (sbyte)Math.Clamp(MathF.Round(value / scale), -Limit, Limit);

    /// <summary>A bias in units of (scale of the input) x (scale of the row).</summary>
    public static int Bias(float value, float unit) => (int)Math.Clamp(Math.Round(value / (double)unit), int.MinValue, int.MaxValue);
}
