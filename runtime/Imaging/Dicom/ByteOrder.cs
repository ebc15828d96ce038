using System.Buffers.Binary;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// Whether 16-bit samples lie in the other byte order than the transfer syntax says, as archives leave them that converted the header
/// only. Neighbours in a radiograph are alike; read in the wrong order they are noise.
/// </summary>
internal static class ByteOrder
{
    private const int LeastSamples = 1024;
    private const double Factor = 8;

    /// <summary>What is to be said, or null.</summary>
    /// <param name="samples">The samples as stored.</param>
    public static string? Remark(ReadOnlySpan<ushort> samples)
    {
        (double straight, double swapped) = (0, 0);
        for (int i = 1; i < samples.Length; i++)
        {
            straight += Math.Abs(samples[i] - samples[i - 1]);
            swapped += Math.Abs(BinaryPrimitives.ReverseEndianness(samples[i]) - BinaryPrimitives.ReverseEndianness(samples[i - 1]));
        }

        return samples.Length >= LeastSamples && straight > Factor * swapped
            ? "the samples look like noise as they are declared and like a picture with their bytes swapped; the byte order is probably "
                + "wrong: convert the file again where it comes from"
            : null;
    }
}
