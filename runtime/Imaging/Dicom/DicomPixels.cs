using CxrOnnx.Core;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>How the stored samples lie in the pixel data (PS3.3 C.7.6.3.1).</summary>
internal sealed record DicomPixels
{
    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>1 (gray) or 3.</summary>
    public required int SamplesPerPixel { get; init; }

    /// <summary><c>MONOCHROME1</c>, <c>MONOCHROME2</c>, <c>RGB</c> or a YBR form.</summary>
    public required string Photometric { get; init; }

    /// <summary>8 or 16.</summary>
    public required int BitsAllocated { get; init; }

    /// <summary>Bits that carry the value.</summary>
    public required int BitsStored { get; init; }

    /// <summary>Position of the highest of them.</summary>
    public required int HighBit { get; init; }

    /// <summary>Whether values are in two's complement.</summary>
    public required bool Signed { get; init; }

    /// <summary>Whether the three samples lie in planes instead of interleaved.</summary>
    public required bool Planar { get; init; }

    /// <summary>Frames; the first is read.</summary>
    public required int Frames { get; init; }

    /// <summary>Reads and checks the description; every problem is named with its tag.</summary>
    /// <exception cref="InputException">There is no picture, or of a kind that is not supported.</exception>
    public static DicomPixels Read(DicomDataset dataset, string name, RadiographReaderOptions options)
    {
        if (!dataset.Has(DicomTag.PixelData) && !dataset.Encapsulated)
        {
            throw new InputException($"{name}: DICOM object without pixel data; give an image, not a report or a presentation state");
        }

        int Needed(uint tag, string attribute) =>
            dataset.UInt16(tag)
            ?? throw new InputException($"{name}: DICOM image without {attribute} {DicomTag.Text(tag)}; the file is damaged");

        DicomPixels pixels = new()
        {
            Width = Needed(DicomTag.Columns, "Columns"),
            Height = Needed(DicomTag.Rows, "Rows"),
            SamplesPerPixel = dataset.UInt16(DicomTag.SamplesPerPixel) ?? 1,
            Photometric = dataset.Code(DicomTag.PhotometricInterpretation),
            BitsAllocated = Needed(DicomTag.BitsAllocated, "BitsAllocated"),
            BitsStored = dataset.UInt16(DicomTag.BitsStored) ?? Needed(DicomTag.BitsAllocated, "BitsAllocated"),
            HighBit =
                dataset.UInt16(DicomTag.HighBit)
                ?? (dataset.UInt16(DicomTag.BitsStored) ?? Needed(DicomTag.BitsAllocated, "BitsAllocated")) - 1,
            Signed = dataset.UInt16(DicomTag.PixelRepresentation) == 1,
            Planar = dataset.UInt16(DicomTag.PlanarConfiguration) == 1,
            Frames = (int)Math.Clamp(dataset.Number(DicomTag.NumberOfFrames) ?? 1, 1, int.MaxValue),
        };
        ImageLimits.Check(name, pixels.Width, pixels.Height, options);
        pixels.CheckKind(name);
        return pixels;
    }

    /// <summary>The stored value that a raw word holds: its bits cut out, its sign extended.</summary>
    public int StoredValue(int raw)
    {
        int value = (raw >> (HighBit - BitsStored + 1)) & ((1 << BitsStored) - 1);
        return Signed && (value & (1 << (BitsStored - 1))) != 0 ? value - (1 << BitsStored) : value;
    }

    /// <summary>The raw words (8 or 16 bits each) of the first frame's sample plane <paramref name="sample"/>.</summary>
    /// <exception cref="InputException">The pixel data are shorter than the picture.</exception>
    public int RawIndex(int pixel, int sample) => Planar ? (sample * Width * Height) + pixel : (pixel * SamplesPerPixel) + sample;

    /// <summary>Checks that the first frame is there as a whole.</summary>
    /// <exception cref="InputException">The pixel data are shorter than the picture.</exception>
    public void CheckLength(long bytes, string name)
    {
        long wanted = (long)Width * Height * SamplesPerPixel * (BitsAllocated / 8);
        if (bytes < wanted)
        {
            throw new InputException(
                $"{name}: damaged DICOM file: pixel data of {bytes} bytes, a picture of {Width} x {Height} wants {wanted}; transfer it "
                    + $"again"
            );
        }
    }

    private void CheckKind(string name)
    {
        if (BitsAllocated is not (8 or 16))
        {
            throw new InputException($"{name}: DICOM image with {BitsAllocated} bits allocated; want 8 or 16");
        }

        if (BitsStored < 1 || BitsStored > BitsAllocated || HighBit >= BitsAllocated || HighBit < BitsStored - 1)
        {
            throw new InputException(
                $"{name}: DICOM image with bits allocated {BitsAllocated}, stored {BitsStored}, high bit {HighBit}: that does not fit "
                    + $"together; the file is damaged"
            );
        }

        bool known = (SamplesPerPixel, Photometric) switch
        {
            (1, "MONOCHROME1" or "MONOCHROME2") => true,
            (3, "RGB" or "YBR_FULL" or "YBR_RCT" or "YBR_ICT") => BitsAllocated == 8,
            _ => false,
        };
        if (!known)
        {
            string shown =
                Photometric.Length > 0 && Photometric.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ' ')
                    ? Photometric
                    : "no or a strange value";
            throw new InputException(
                $"{name}: DICOM image with photometric interpretation {shown}, {SamplesPerPixel} sample(s) of {BitsAllocated} bits; "
                    + $"want MONOCHROME1, MONOCHROME2 or 8-bit RGB"
            );
        }
    }
}
