using System.Buffers.Binary;
using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>DICOM projection radiographs: uncompressed little endian directly, everything else through GDCM.</summary>
internal static class DicomDecoder
{
    /// <summary>Decodes a file.</summary>
    /// <exception cref="InputException">Damaged, without a picture, too large, or compressed and GDCM is missing.</exception>
    public static Radiograph Decode(byte[] content, string name, RadiographReaderOptions options)
    {
        DicomFile file;
        bool direct;
        try
        {
            file = DicomParser.Parse(content, name, options.MaxFileBytes);

            // The header of a compressed file is readable: the limits come before the decompression.
            if (file.Dataset is { } header)
            {
                DicomPixels.CheckHeader(header, name, options);
            }

            direct = file.IsNative || IsNativeAfterAll(file, name, options);
        }
        catch (DicomFormException exception)
        {
            return Render(Repair(content, exception, name, options), "unknown", "gdcmconv", name, options);
        }

        string syntax = TransferSyntaxes.Describe(file.TransferSyntax);
        file = ByItsStream(file);
        return direct
            ? Render(file, syntax, null, name, options)
            : Render(Convert(content, file, name, options), syntax, "gdcmconv", name, options);
    }

    /// <summary>Checks a file without decompressing or rendering it.</summary>
    /// <exception cref="InputException">As <see cref="Decode"/>, as far as the header and the length of the pixel data show it.</exception>
    public static RadiographHeader Check(byte[] content, string name, RadiographReaderOptions options)
    {
        DicomFile file;
        try
        {
            file = DicomParser.Parse(content, name, options.MaxFileBytes);
        }
        catch (DicomFormException)
        {
            return RadiographHeader.Of(Decode(content, name, options));
        }

        if (file.Dataset is not { } dataset)
        {
            // Big endian has to be converted before anything can be told.
            return RadiographHeader.Of(Decode(content, name, options));
        }

        // What a compressed picture is becomes clear only when it is decompressed.
        DicomPixels.CheckHeader(dataset, name, options);
        if (file.IsNative)
        {
            DicomPixels pixels = DicomPixels.Read(dataset, name, options);
            _ = pixels.Frame(dataset.Bytes(DicomTag.PixelData).Span, ImageLimits.ChooseFrame(name, pixels.Frames, "frame", options), name);
        }
        else if (!IsNativeAfterAll(file, name, options))
        {
            _ = Gdcm.Require(ByItsStream(file).TransferSyntax, name, options);
        }

        ImageSize stored = new(dataset.UInt16(DicomTag.Columns)!.Value, dataset.UInt16(DicomTag.Rows)!.Value);
        List<string> remarks = [.. file.Remarks];
        ImageOrientation orientation = DicomOrientation.Of(dataset, remarks);
        remarks.AddRange(DicomRemarks.Of(dataset, frames: 1, frame: 1));
        return new RadiographHeader(ImageOrientations.SizeOf(orientation, stored), orientation, remarks);
    }

    /// <summary>
    /// Whether samples lie bare in a file that declares a compressed syntax: compressed ones have an undefined length (PS3.5 A.4), and
    /// these have exactly the length of the picture.
    /// </summary>
    private static bool IsNativeAfterAll(DicomFile file, string name, RadiographReaderOptions options)
    {
        if (file.Dataset is not { Encapsulated: false } dataset || !TransferSyntaxes.IsCompressed(file.TransferSyntax))
        {
            return false;
        }

        DicomPixels pixels = DicomPixels.Read(dataset, name, options);
        long bytes = dataset.Bytes(DicomTag.PixelData).Length;
        return bytes - (pixels.FrameBytes(bytes) * pixels.Frames) is 0 or 1;
    }

    /// <summary>Takes the stream's word where pixel data lie in fragments and the declared syntax is none of the compressed ones.</summary>
    private static DicomFile ByItsStream(DicomFile file)
    {
        if (
            file.Dataset is not { Encapsulated: true } dataset
            || TransferSyntaxes.IsCompressed(file.TransferSyntax)
            || StreamSyntax.Of(dataset.FirstFragment.Span) is not { } found
        )
        {
            return file;
        }

        string remark =
            $"the pixel data are compressed ({TransferSyntaxes.Describe(found)}), which the declared transfer syntax "
            + $"({TransferSyntaxes.Describe(file.TransferSyntax)}) does not say; they were read as what they are";
        return file with { TransferSyntax = found, Remarks = [.. file.Remarks, remark] };
    }

    /// <summary>Lets GDCM read what the parser of ours does not understand.</summary>
    private static DicomFile Repair(byte[] content, DicomFormException problem, string name, RadiographReaderOptions options)
    {
        const string advice = "save it again as explicit little endian with the program that made it";
        if (Gdcm.Find(options.ProgramPath) is null)
        {
            throw new InputException($"{name}: DICOM file that is not written by the rules: {problem.Message}; {advice}");
        }

        try
        {
            byte[] converted =
                Gdcm.Decompress(content, "", options.MaxPixels, name, options) ?? throw new DicomFormException(problem.Message);
            DicomFile file = DicomParser.Parse(converted, name, options.MaxFileBytes);
            if (!file.IsNative)
            {
                throw new DicomFormException(problem.Message);
            }

            string remark = $"the DICOM file is not written by the rules ({problem.Message}); it was read as gdcmconv does";
            return file with { Remarks = [.. file.Remarks, remark] };
        }
        catch (DicomFormException exception)
        {
            throw new InputException(
                $"{name}: DICOM file that is not written by the rules: {problem.Message}, and gdcmconv cannot read it; {advice}",
                exception
            );
        }
    }

    private static DicomFile Convert(byte[] content, DicomFile file, string name, RadiographReaderOptions options)
    {
        string syntax = TransferSyntaxes.Describe(file.TransferSyntax);
        bool excerpt = file.Dataset is { Encapsulated: true } && TransferSyntaxes.IsCompressed(file.TransferSyntax);
        byte[] input = excerpt ? DicomExcerpt.Write(file.Dataset!, file.TransferSyntax) : content;
        byte[] decompressed =
            Gdcm.Decompress(input, file.TransferSyntax, Samples(file.Dataset, options), name, options)
            ?? throw new InputException(
                $"{name}: gdcmconv cannot decode it (transfer syntax {syntax}{Also(file)}): its compressed data are damaged or of a kind "
                    + "that gdcmconv does not know; convert it to explicit little endian where it comes from"
            );
        try
        {
            DicomFile converted = DicomParser.Parse(decompressed, name, options.MaxFileBytes * Gdcm.MemoryFactor);
            if (!converted.IsNative)
            {
                throw new DicomFormException($"transfer syntax {TransferSyntaxes.Describe(converted.TransferSyntax)}");
            }

            string photometric = file.Dataset?.Code(DicomTag.PhotometricInterpretation) ?? "";
            return excerpt
                ? file with
                {
                    Dataset = DicomExcerpt.Merge(file.Dataset!, converted.Dataset!),
                    OriginalPhotometric = photometric,
                }
                : converted with
                {
                    Remarks = [.. file.Remarks, .. converted.Remarks],
                    OriginalPhotometric = photometric,
                };
        }
        catch (DicomFormException exception)
        {
            throw new InputException(
                $"{name}: gdcmconv left the DICOM file unreadable ({exception.Message}); convert it to explicit little endian",
                exception
            );
        }
    }

    private static long Samples(DicomDataset? dataset, RadiographReaderOptions options) =>
        dataset?.UInt16(DicomTag.Rows) is { } rows && dataset.UInt16(DicomTag.Columns) is { } columns
            ? Math.Max(1L, dataset.UInt16(DicomTag.SamplesPerPixel) ?? 1) * rows * columns
            : options.MaxPixels;

    private static string Also(DicomFile file) => file.Remarks.Count == 0 ? "" : $"; {string.Join("; ", file.Remarks)}";

    private static Radiograph Render(DicomFile file, string syntax, string? decompressedBy, string name, RadiographReaderOptions options)
    {
        DicomDataset dataset = file.Dataset!;
        DicomPixels pixels = DicomPixels.Read(dataset, name, options);
        int frame = ImageLimits.ChooseFrame(name, pixels.Frames, "frame", options);
        ReadOnlySpan<byte> data = dataset.Bytes(DicomTag.PixelData).Span;
        ReadOnlySpan<byte> samples = pixels.Frame(data, frame, name);
        List<string> warnings = [.. file.Remarks];
        if (decompressedBy is null && TransferSyntaxes.IsCompressed(file.TransferSyntax))
        {
            warnings.Add($"the DICOM file declares compression ({syntax}), its pixel data are not compressed; they were read as they are");
        }

        if (pixels.Surplus(data.Length, samples.Length) is { } surplus)
        {
            warnings.Add(surplus);
        }

        float[] gray;
        DicomRendering rendering;
        if (pixels.SamplesPerPixel == 3)
        {
            // A decompressor that is told RGB leaves the stream's own brightness and colour differences as they are.
            bool mislabelled =
                pixels.Photometric == "RGB"
                && JpegColour.IsYCbCr(dataset.FirstFragment.Span) == true
                && decompressedBy is not null
                && file.OriginalPhotometric == "RGB";
            gray = DicomColour.Brightness(mislabelled ? pixels with { Photometric = "YBR_FULL" } : pixels, samples);
            rendering = new DicomRendering(syntax, decompressedBy, "identity", "none (colour)", Inverted: false);
            warnings.Add("the DICOM image is in colour, probably a screen capture; its brightness was taken");
            if (mislabelled)
            {
                warnings.Add("PhotometricInterpretation says RGB, the JPEG stream says YCbCr, which was followed");
            }
        }
        else
        {
            DicomPolarity polarity = DicomPolarity.Of(dataset, pixels.Photometric);
            (gray, GrayscalePipeline pipeline) = FromGray(dataset, pixels, polarity, samples, name);
            warnings.AddRange([.. polarity.Warnings, .. pipeline.Warnings]);
            rendering = new DicomRendering(syntax, decompressedBy, pipeline.ModalityBranch, pipeline.VoiBranch, polarity.Inverts);
        }

        ImageOrientation orientation = DicomOrientation.Of(dataset, warnings);
        warnings.AddRange(DicomRemarks.Of(dataset, pixels.Frames, frame));
        return new Radiograph(
            ImageOrientations.Apply(orientation, new GrayImage(pixels.Width, pixels.Height, gray)),
            new RadiographProvenance
            {
                Format = RadiographFormat.Dicom,
                StoredWidth = pixels.Width,
                StoredHeight = pixels.Height,
                Bits = pixels.BitsStored,
                Samples = pixels.Photometric,
                Orientation = orientation,
                Dicom = rendering,
                ImagerPixelSpacing = Spacing(dataset, DicomTag.ImagerPixelSpacing),
                PixelSpacing = Spacing(dataset, DicomTag.PixelSpacing),
                Identifiers = new DicomIdentifiers(
                    Uid(dataset, DicomTag.StudyInstanceUid),
                    Uid(dataset, DicomTag.SeriesInstanceUid),
                    Uid(dataset, DicomTag.SopInstanceUid)
                ),
                Warnings = warnings,
            }
        );
    }

    private static (float[] Gray, GrayscalePipeline Pipeline) FromGray(
        DicomDataset dataset,
        DicomPixels pixels,
        DicomPolarity polarity,
        ReadOnlySpan<byte> data,
        string name
    )
    {
        int count = pixels.Width * pixels.Height;
        ushort[] raw = new ushort[count];
        long[] histogram = new long[1 << pixels.BitsAllocated];
        for (int i = 0; i < count; i++)
        {
            raw[i] = pixels.BitsAllocated == 8 ? data[i] : BinaryPrimitives.ReadUInt16LittleEndian(data[(i * 2)..]);
            histogram[raw[i]]++;
        }

        GrayscalePipeline pipeline = new(dataset, pixels, polarity.Inverts, histogram, name);
        float[] table = pipeline.Table();
        if (pixels.UnusedBits(histogram) is { } remark)
        {
            pipeline.Warnings.Add(remark);
        }

        if (pixels.BitsAllocated == 16 && ByteOrder.Remark(raw) is { } order)
        {
            pipeline.Warnings.Add(order);
        }

        return (Array.ConvertAll(raw, value => table[value]), pipeline);
    }

    /// <summary>A spacing of which both numbers are known; files write 0 for "unknown".</summary>
    private static PixelSpacing? Spacing(DicomDataset dataset, uint tag) =>
        dataset.Number(tag) is { } row && row > 0 && dataset.Number(tag, 1) is { } column && column > 0
            ? new PixelSpacing(row, column)
            : null;

    private static string? Uid(DicomDataset dataset, uint tag) =>
        dataset.Texts(tag).FirstOrDefault("") is { } text && TransferSyntaxes.IsIdentifier(text) ? text : null;
}
