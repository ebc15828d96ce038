using CxrOnnx.Core;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using NetVips;
using Xunit;

namespace CxrOnnx.Runtime.Tests.Imaging;

/// <summary>What the samples of a TIFF file mean is what its tags say, and nothing is called damaged that is only not supported.</summary>
[Trait("Category", "quick")]
public sealed class TiffKindTests
{
    private const int Extra = 338;
    private const int Subsampling = 530;
    private const float Tolerance = 1e-6f;

    private static readonly int[] GrayMap = [.. Enumerable.Range(0, 768).Select(i => i % 256 * 257)];

    private static int Ramp(int pixel) => pixel % 250;

    private static Radiograph Read(TiffFileBuilder file, int? frame = null) =>
        RadiographReader.Read(file.Build(), "test.tif", new RadiographReaderOptions { Frame = frame });

    private static string Message(byte[] file) => Assert.Throws<InputException>(() => RadiographReader.Read(file, "test.tif")).Message;

    private static void AssertRamp(Radiograph radiograph, Func<int, float>? factor = null)
    {
        for (int i = 0; i < radiograph.Image.Pixels.Length; i++)
        {
            Assert.Equal(Ramp(i) / 255f * (factor?.Invoke(i) ?? 1), radiograph.Image.Pixels[i], Tolerance);
        }
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 3, 0)]
    [InlineData(2, 3, null)]
    [InlineData(3, 1, 0)]
    public void Read_UnspecifiedExtraSample_IsLeftOutAndSaid(int photometric, int colours, int? kind)
    {
        TiffFileBuilder file = new TiffFileBuilder().Page(
            photometric,
            8,
            colours + 1,
            (pixel, sample) => sample == colours ? pixel % 256 : Ramp(pixel)
        );
        if (kind is { } extra)
        {
            file.Tag(Extra, extra);
        }

        if (photometric == 3)
        {
            file.Tag(320, GrayMap);
        }

        Radiograph radiograph = Read(file);

        AssertRamp(radiograph);
        Assert.DoesNotContain("alpha", radiograph.Provenance.Samples, StringComparison.Ordinal);
        Assert.Contains(
            radiograph.Provenance.Warnings,
            warning => warning.StartsWith("1 sample(s) of every pixel", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void Read_UnassociatedAlpha_ShowsBlackBehind(int photometric, int colours)
    {
        TiffFileBuilder file = new TiffFileBuilder()
            .Page(photometric, 8, colours + 1, (pixel, sample) => sample == colours ? 51 : Ramp(pixel))
            .Tag(Extra, 2);
        if (photometric == 3)
        {
            file.Tag(320, GrayMap);
        }

        Radiograph radiograph = Read(file);

        AssertRamp(radiograph, _ => 0.2f);
        Assert.EndsWith("+alpha", radiograph.Provenance.Samples, StringComparison.Ordinal);
        Assert.Contains("100 % of the pixels are transparent; black was put beneath them", radiograph.Provenance.Warnings);
    }

    [Fact]
    public void Read_AssociatedAlpha_IsNotMultipliedTwice()
    {
        AssertRamp(Read(new TiffFileBuilder().Page(1, 8, 2, (pixel, sample) => sample == 1 ? 251 : Ramp(pixel)).Tag(Extra, 1)));

        // Twelve bits in 16, transparency as well.
        Radiograph radiograph = Read(
            new TiffFileBuilder().Page(1, 16, 2, (pixel, sample) => sample == 1 ? 4095 : Ramp(pixel) * 16).Tag(Extra, 1)
        );
        Assert.Equal(12, radiograph.Provenance.Bits);
        Assert.Equal(200 * 16 / 4095f, radiograph.Image.Pixels[200], 1f / 4095);
    }

    [Fact]
    public void Read_AlphaAfterAnUnspecifiedSample_IsFound()
    {
        TiffFileBuilder file = new TiffFileBuilder()
            .Page(
                2,
                8,
                5,
                (pixel, sample) =>
                    sample == 4 ? 51
                    : sample == 3 ? 0
                    : Ramp(pixel)
            )
            .Tag(Extra, 0, 2);

        AssertRamp(Read(file), _ => 0.2f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_Planes_AreTheSameAsInterleaved(bool bigEndian) =>
        AssertRamp(
            Read(
                new TiffFileBuilder { BigEndian = bigEndian }
                    .Page(
                        2,
                        8,
                        3,
                        [
                            .. Enumerable
                                .Range(0, 3)
                                .SelectMany(_ => Enumerable.Range(0, TiffFileBuilder.Width * TiffFileBuilder.Height).Select(Ramp)),
                        ]
                    )
                    .Planes(3)
            )
        );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_YCbCr_IsY(bool bigEndian)
    {
        Radiograph radiograph = Read(
            new TiffFileBuilder { BigEndian = bigEndian }
                .Page(
                    6,
                    8,
                    3,
                    (pixel, sample) =>
                        sample == 0 ? Ramp(pixel)
                        : sample == 1 ? 90
                        : 200
                )
                .Tag(Subsampling, 1, 1)
        );

        AssertRamp(radiograph);
        Assert.Equal("ycbcr", radiograph.Provenance.Samples);
    }

    [Fact]
    public void Read_SubsampledYCbCrWithoutColour_IsY()
    {
        int[] values =
        [
            .. from row in Enumerable.Range(0, TiffFileBuilder.Height / 2)
            from column in Enumerable.Range(0, TiffFileBuilder.Width / 2)
            let pixel = (row * 2 * TiffFileBuilder.Width) + (column * 2)
            from value in new[]
            {
                Ramp(pixel),
                Ramp(pixel + 1),
                Ramp(pixel + TiffFileBuilder.Width),
                Ramp(pixel + TiffFileBuilder.Width + 1),
                128,
                128,
            }
            select value,
        ];

        AssertRamp(Read(new TiffFileBuilder().Page(6, 8, 3, values).Tag(Subsampling, 2, 2)));
        AssertRamp(Read(new TiffFileBuilder().Page(6, 8, 3, values)));
    }

    [Fact]
    public void Read_KindsThatAreNotSupported_AreCalledThat()
    {
        Assert.Contains("YCbCrSubSampling", Unsupported(Plain(photometric: 6, samples: 3)), StringComparison.Ordinal);
        Assert.Contains("YCbCrSubSampling", Unsupported(Plain(photometric: 6, samples: 3).Tag(259, 8)), StringComparison.Ordinal);
        Assert.Contains("compression 6", Unsupported(Plain().Tag(259, 6)), StringComparison.Ordinal);
        Assert.Contains("compression 34661", Unsupported(Plain().Tag(259, 34661)), StringComparison.Ordinal);
        Assert.Contains("12 bits per sample", Unsupported(Plain().Tag(258, 12)), StringComparison.Ordinal);
        Assert.Contains("signed or undefined samples", Unsupported(Plain(bits: 16).Tag(339, 2)), StringComparison.Ordinal);
        Assert.Contains("photometric interpretation 8", Unsupported(Plain(photometric: 8, samples: 3)), StringComparison.Ordinal);
        Assert.Contains("photometric interpretation 5", Unsupported(Plain(photometric: 5, samples: 4)), StringComparison.Ordinal);
        Assert.Contains(
            "different values per sample",
            Unsupported(Plain(samples: 2).Tag(258, 8, 16).Tag(Extra, 2)),
            StringComparison.Ordinal
        );

        static TiffFileBuilder Plain(int photometric = 1, int bits = 8, int samples = 1) =>
            new TiffFileBuilder().Page(photometric, bits, samples, (pixel, _) => Ramp(pixel));
        static string Unsupported(TiffFileBuilder file)
        {
            string message = Message(file.Build());
            Assert.Contains("not supported", message, StringComparison.Ordinal);
            Assert.DoesNotContain("damaged", message, StringComparison.Ordinal);
            return message;
        }
    }

    [Fact]
    public void Read_TwelveBitJpeg_IsCalledNotSupported()
    {
        byte[] jpeg = Image.Black(64, 64).JpegsaveBuffer();
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        jpeg[frame + 1] = 0xC1;
        jpeg[frame + 4] = 12;

        Assert.Equal(
            "test.tif: JPEG with 12 bits per sample is not supported; want 8-bit baseline or progressive JPEG: convert the image",
            Message(jpeg)
        );
    }

    [Fact]
    public void Read_Pages_AreChosenAndSmallerCopiesAreNoPages()
    {
        TiffFileBuilder copies = new TiffFileBuilder().Page(1, 8, 1, (_, _) => 7).Tag(254, 1).Page(1, 8, 1, (pixel, _) => Ramp(pixel));
        AssertRamp(Read(copies));
        Assert.Empty(Read(copies).Provenance.Warnings);

        TiffFileBuilder pages = new TiffFileBuilder()
            .Page(1, 8, 1, (pixel, _) => pixel % 99)
            .Page(1, 8, 1, (pixel, _) => Ramp(pixel))
            .Page(1, 8, 1, (_, _) => 1);
        Assert.Equal("test.tif: it has 3 pages; choose one with `frame` (1 to 3), or give a file with one picture", Message(pages.Build()));
        AssertRamp(Read(pages, 2));
        Assert.Contains("the file has 3 pages; page 2 was read", Read(pages, 2).Provenance.Warnings);
    }

    [Fact]
    public void Read_DirectoriesInACircle_End()
    {
        byte[] file = new TiffFileBuilder().Page(1, 8, 1, (pixel, _) => Ramp(pixel)).Build();
        int directory = BitConverter.ToInt32(file, 4);
        int entries = BitConverter.ToUInt16(file, directory);
        BitConverter.TryWriteBytes(file.AsSpan(directory + 2 + (entries * 12)), directory);

        AssertRamp(RadiographReader.Read(file, "test.tif"));
    }

    [Theory]
    [InlineData(1, 255, 8)]
    [InlineData(1, 1023, 10)]
    [InlineData(1, 4095, 12)]
    [InlineData(1, 16383, 14)]
    [InlineData(1, 65535, 16)]
    [InlineData(0, 255, 8)]
    [InlineData(0, 1023, 10)]
    [InlineData(0, 4095, 12)]
    [InlineData(0, 16383, 14)]
    [InlineData(0, 65535, 16)]
    public void Read_FewerBitsInSixteen_AreJudgedOnStoredColours(int photometric, int largest, int bits)
    {
        foreach (bool bigEndian in (bool[])[false, true])
        {
            foreach (int opaque in (int[])[0, 65535, largest])
            {
                TiffFileBuilder file = new TiffFileBuilder { BigEndian = bigEndian }.Page(
                    photometric,
                    16,
                    opaque == 0 ? 1 : 2,
                    (pixel, sample) => sample == 1 ? opaque : largest * (pixel % 11) / 10
                );
                if (opaque > 0)
                {
                    file.Tag(Extra, 2);
                }

                Radiograph radiograph = Read(file);

                Assert.Equal(bits, radiograph.Provenance.Bits);
                Assert.Equal(bits != 16, radiograph.Provenance.Warnings.Count > 0);
                float third = largest * 3 / 10 / (float)largest;
                Assert.Equal(photometric == 0 ? 1 - third : third, radiograph.Image.Pixels[3], Tolerance);
                Assert.Equal(photometric == 0 ? 0f : 1f, radiograph.Image.Pixels[10]);
            }
        }
    }

    [Fact]
    public void Read_FewerBitsInSixteenBitColour_AreFound()
    {
        Radiograph radiograph = Read(
            new TiffFileBuilder().Page(2, 16, 4, (pixel, sample) => sample == 3 ? 65535 : 4095 * (pixel % 11) / 10).Tag(Extra, 2)
        );

        Assert.Equal((12, "rgb+alpha"), (radiograph.Provenance.Bits, radiograph.Provenance.Samples));
        Assert.Equal(1f, radiograph.Image.Pixels[10]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_PngWithSignificantBits_IsJudgedByItsValues(bool scaled)
    {
        // sBIT says 12 bits of scaled samples; writers also leave the samples as they are. The values tell which.
        int[] values =
        [
            .. Enumerable.Range(0, 36).SelectMany(_ => Enumerable.Range(0, 40).Select(i => (scaled ? 65535 : 4095) * (i % 11) / 10)),
        ];
        Radiograph radiograph = RadiographReader.Read(Png16(values, "sBIT"u8.ToArray(), [12]), "test.png");

        Assert.Equal(scaled ? 16 : 12, radiograph.Provenance.Bits);
        Assert.Equal(1f, radiograph.Image.Pixels[10]);
    }

    private static byte[] Png16(int[] values, byte[] extraChunk, byte[] extra)
    {
        using MemoryStream packed = new();
        using (System.IO.Compression.ZLibStream stream = new(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            foreach (int[] row in values.Chunk(40))
            {
                stream.Write([0, .. row.SelectMany(value => new[] { (byte)(value >> 8), (byte)value })]);
            }
        }

        return
        [
            0x89,
            0x50,
            0x4E,
            0x47,
            0x0D,
            0x0A,
            0x1A,
            0x0A,
            .. PngFileBuilder.Chunk("IHDR"u8, [0, 0, 0, 40, 0, 0, 0, 36, 16, 0, 0, 0, 0]),
            .. PngFileBuilder.Chunk(extraChunk, extra),
            .. PngFileBuilder.Chunk("IDAT"u8, packed.ToArray()),
            .. PngFileBuilder.Chunk("IEND"u8, []),
        ];
    }
}
