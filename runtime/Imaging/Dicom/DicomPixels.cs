using System.Globalization;
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

    /// <summary>Frames that the file says it has.</summary>
    public required int Frames { get; init; }

    /// <summary>The largest value that the stored bits can hold.</summary>
    public int Largest => (1 << BitsStored) - 1;

    /// <summary>
    /// Checks what can be judged before a compressed picture is decompressed: that there is one, its size and its frames.
    /// </summary>
    /// <exception cref="InputException">There is no picture, it has a forbidden size, or no frame was chosen of several.</exception>
    public static void CheckHeader(DicomDataset dataset, string name, RadiographReaderOptions options)
    {
        if (!dataset.Has(DicomTag.PixelData) && !dataset.Encapsulated)
        {
            throw new InputException($"{name}: DICOM object without pixel data; give an image, not a report or a presentation state");
        }

        ImageLimits.Check(name, Needed(dataset, DicomTag.Columns, "Columns", name), Needed(dataset, DicomTag.Rows, "Rows", name), options);
        _ = ImageLimits.ChooseFrame(name, FramesOf(dataset), "frame", options);
        CheckStream(dataset, name);
    }

    // A decompressor follows the stream, however large a picture that makes.
    private static void CheckStream(DicomDataset dataset, string name)
    {
        int width = Needed(dataset, DicomTag.Columns, "Columns", name);
        int height = Needed(dataset, DicomTag.Rows, "Rows", name);
        if (dataset.Encapsulated && StreamSize.Of(dataset.FirstFragment.Span) is { } size && size != (width, height))
        {
            throw new InputException(
                $"{name}: the DICOM header says {width} x {height} pixels, its compressed picture {size.Width} x {size.Height}; one of "
                    + "them is wrong: take the file from where it was made"
            );
        }
    }

    /// <summary>Reads and checks the description; every problem is named with its tag.</summary>
    /// <exception cref="InputException">There is no picture, or of a kind that is not supported.</exception>
    public static DicomPixels Read(DicomDataset dataset, string name, RadiographReaderOptions options)
    {
        CheckHeader(dataset, name, options);
        int allocated = Needed(dataset, DicomTag.BitsAllocated, "BitsAllocated", name);
        int stored = dataset.UInt16(DicomTag.BitsStored) ?? allocated;
        DicomPixels pixels = new()
        {
            Width = Needed(dataset, DicomTag.Columns, "Columns", name),
            Height = Needed(dataset, DicomTag.Rows, "Rows", name),
            SamplesPerPixel = dataset.UInt16(DicomTag.SamplesPerPixel) ?? 1,
            Photometric = dataset.Code(DicomTag.PhotometricInterpretation),
            BitsAllocated = allocated,
            BitsStored = stored,
            HighBit = dataset.UInt16(DicomTag.HighBit) ?? (stored - 1),
            Signed = dataset.UInt16(DicomTag.PixelRepresentation) == 1,
            Planar = dataset.UInt16(DicomTag.PlanarConfiguration) == 1,
            Frames = FramesOf(dataset),
        };
        pixels.CheckKind(name);
        return pixels;
    }

    /// <summary>The stored value that a raw word holds: its bits cut out, its sign extended.</summary>
    public int StoredValue(int raw)
    {
        int value = (raw >> (HighBit - BitsStored + 1)) & ((1 << BitsStored) - 1);
        return Signed && (value & (1 << (BitsStored - 1))) != 0 ? value - (1 << BitsStored) : value;
    }

    /// <summary>Bytes of one frame, given how many the whole pixel data have.</summary>
    /// <remarks>
    /// Uncompressed 4:2:2 keeps two samples per pixel (Y Y Cb Cr for a pair of pixels); decompressors write three and often leave the name.
    /// </remarks>
    public long FrameBytes(long dataBytes)
    {
        long plain = (long)Width * Height * SamplesPerPixel * (BitsAllocated / 8);
        return Photometric.EndsWith("_422", StringComparison.Ordinal) && dataBytes < plain * Frames ? plain / 3 * 2 : plain;
    }

    /// <summary>Cuts a frame out of the pixel data.</summary>
    /// <param name="data">The whole pixel data.</param>
    /// <param name="frame">Its number, from 1.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <exception cref="InputException">The pixel data end before the frame does.</exception>
    public ReadOnlySpan<byte> Frame(ReadOnlySpan<byte> data, int frame, string name)
    {
        long bytes = FrameBytes(data.Length);
        if (data.Length < bytes * frame)
        {
            throw new InputException(
                $"{name}: damaged DICOM file: pixel data of {data.Length} bytes, {frame} picture(s) of {Width} x {Height} want "
                    + $"{bytes * frame}; transfer it again"
            );
        }

        return data.Slice((int)(bytes * (frame - 1)), (int)bytes);
    }

    /// <summary>
    /// What is to be said where pixel data are longer than the pictures: a header whose Columns or Rows are too small shears or cuts the
    /// picture. Less than a row or column is filling.
    /// </summary>
    /// <param name="dataBytes">Bytes of the whole pixel data.</param>
    /// <param name="frameBytes">Bytes of one picture.</param>
    public string? Surplus(long dataBytes, long frameBytes)
    {
        long surplus = dataBytes - (frameBytes * Frames);
        long line = (long)Math.Min(Width, Height) * SamplesPerPixel * (BitsAllocated / 8);
        return surplus >= frameBytes ? "the pixel data are long enough for more pictures than the file says it has; the rest was left out"
            : surplus >= line
                ? $"the pixel data are {surplus:N0} bytes longer than {Frames} picture(s) of {Width} x {Height}; the rest was left out: if "
                    + "Rows or Columns are wrong, the picture is sheared or cut"
            : null;
    }

    /// <summary>
    /// What is to be said where samples have bits set outside of those that BitsStored and HighBit name, sign bits apart: an overlay, or
    /// a header that cuts the values.
    /// </summary>
    /// <param name="histogram">How often each raw word occurs.</param>
    public string? UnusedBits(long[] histogram)
    {
        int low = HighBit - BitsStored + 1;
        int named = ((1 << BitsStored) - 1) << low;
        int above = (histogram.Length - 1) & ~((1 << (HighBit + 1)) - 1);
        (long with, long all) = (0, 0);
        for (int raw = 0; raw < histogram.Length; raw++)
        {
            bool isSign = Signed && StoredValue(raw) < 0 && (raw & ~named) == above;
            all += histogram[raw];
            with += (raw & ~named) == 0 || isSign ? 0 : histogram[raw];
        }

        return with == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{100.0 * with / all:0.##} % of the samples have bits set outside of the {BitsStored} up to bit {HighBit} that BitsStored "
                    + $"and HighBit name; they were left out: if they are no overlay but part of the values, the picture is wrong"
            );
    }

    private static int Needed(DicomDataset dataset, uint tag, string attribute, string name) =>
        dataset.UInt16(tag)
        ?? throw new InputException($"{name}: DICOM image without {attribute} {DicomTag.Text(tag)}; it is no complete image");

    private static int FramesOf(DicomDataset dataset) => (int)Math.Clamp(dataset.Number(DicomTag.NumberOfFrames) ?? 1, 1, int.MaxValue);

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
            (3, "RGB" or "YBR_FULL" or "YBR_FULL_422" or "YBR_PARTIAL_422" or "YBR_RCT" or "YBR_ICT") => !Signed,
            _ => false,
        };
        if (!known)
        {
            string shown =
                Photometric.Length > 0 && Photometric.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ' ')
                    ? Photometric
                    : "no or a strange value";
            throw new InputException(
                $"{name}: DICOM image with photometric interpretation {shown}, {SamplesPerPixel} sample(s) "
                    + $"of {BitsAllocated} bits; want MONOCHROME1, MONOCHROME2, RGB or YBR"
            );
        }
    }
}
