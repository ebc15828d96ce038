using System.Buffers.Binary;
using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>DICOM projection radiographs: uncompressed little endian directly, everything else through GDCM.</summary>
internal static class DicomDecoder
{
    private static readonly HashSet<string> RadiographModalities = ["CR", "DX", "DR", "RG", "RF", "PX", "XA", "OT", "SC", ""];

    /// <summary>Decodes a file.</summary>
    /// <exception cref="InputException">Damaged, without a picture, too large, or compressed and GDCM is missing.</exception>
    public static Radiograph Decode(byte[] content, string name, RadiographReaderOptions options)
    {
        (string syntax, DicomDataset? dataset) = DicomParser.Parse(content, name);

        // The header of a compressed file is readable: the limits come before the decompression.
        if (dataset is not null)
        {
            _ = DicomPixels.Read(dataset, name, options);
        }

        bool direct = syntax is DicomParser.ImplicitLittleEndian or DicomParser.ExplicitLittleEndian && dataset is { Encapsulated: false };
        if (!direct)
        {
            byte[] decompressed = Gdcm.Decompress(content, syntax, name, options);
            (string newSyntax, dataset) = DicomParser.Parse(decompressed, name);
            if (
                dataset is null
                || dataset.Encapsulated
                || newSyntax is not (DicomParser.ExplicitLittleEndian or DicomParser.ImplicitLittleEndian)
            )
            {
                throw new InputException(
                    $"{name}: gdcmconv left the DICOM file in transfer syntax {TransferSyntaxes.Describe(newSyntax)}; convert it to "
                        + $"explicit little endian"
                );
            }
        }

        DicomPixels pixels = DicomPixels.Read(dataset!, name, options);
        ReadOnlyMemory<byte> data = dataset!.Bytes(DicomTag.PixelData);
        pixels.CheckLength(data.Length, name);
        return Render(dataset, pixels, data.Span, TransferSyntaxes.Describe(syntax), direct ? null : "gdcmconv", name);
    }

    private static Radiograph Render(
        DicomDataset dataset,
        DicomPixels pixels,
        ReadOnlySpan<byte> data,
        string syntax,
        string? decompressedBy,
        string name
    )
    {
        List<string> warnings = [];
        float[] gray;
        DicomRendering rendering;
        if (pixels.SamplesPerPixel == 3)
        {
            gray = FromColour(pixels, data);
            rendering = new DicomRendering(syntax, decompressedBy, "identity", "none (colour)", Inverted: false);
            warnings.Add("the DICOM image is in colour, probably a screen capture; its brightness was taken");
        }
        else
        {
            (gray, GrayscalePipeline pipeline) = FromGray(dataset, pixels, data, name);
            warnings.AddRange(pipeline.Warnings);
            rendering = new DicomRendering(
                syntax,
                decompressedBy,
                pipeline.ModalityBranch,
                pipeline.VoiBranch,
                pixels.Photometric == "MONOCHROME1"
            );
        }

        ImageOrientation orientation = Orientation(dataset, warnings);
        AddWarnings(dataset, pixels, warnings);
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
                Warnings = warnings,
            }
        );
    }

    private static (float[] Gray, GrayscalePipeline Pipeline) FromGray(
        DicomDataset dataset,
        DicomPixels pixels,
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

        GrayscalePipeline pipeline = new(dataset, pixels, histogram, name);
        float[] table = pipeline.Table();
        return (Array.ConvertAll(raw, value => table[value]), pipeline);
    }

    private static float[] FromColour(DicomPixels pixels, ReadOnlySpan<byte> data)
    {
        float[] gray = new float[pixels.Width * pixels.Height];
        for (int i = 0; i < gray.Length; i++)
        {
            float first = data[pixels.RawIndex(i, 0)];
            if (pixels.Photometric == "RGB")
            {
                first = (0.299f * first) + (0.587f * data[pixels.RawIndex(i, 1)]) + (0.114f * data[pixels.RawIndex(i, 2)]);
            }

            gray[i] = first / byte.MaxValue;
        }

        return gray;
    }

    private static ImageOrientation Orientation(DicomDataset dataset, List<string> warnings)
    {
        IReadOnlyList<string> directions = dataset.Texts(DicomTag.PatientOrientation);
        if (directions.Count != 2 || directions[0].Length == 0 || directions[1].Length == 0)
        {
            return ImageOrientation.Upright;
        }

        ImageOrientation? orientation = ImageOrientations.FromPatientOrientation(
            char.ToUpperInvariant(directions[0][0]),
            char.ToUpperInvariant(directions[1][0])
        );
        if (orientation is null)
        {
            warnings.Add("PatientOrientation does not describe a frontal picture; the picture was left as it is stored");
        }
        else if (orientation != ImageOrientation.Upright)
        {
            warnings.Add(
                "PatientOrientation says that the stored picture is not in the usual display; it was turned, and boxes are in the "
                    + "turned picture"
            );
        }

        return orientation ?? ImageOrientation.Upright;
    }

    private static void AddWarnings(DicomDataset dataset, DicomPixels pixels, List<string> warnings)
    {
        if (pixels.Frames > 1)
        {
            warnings.Add($"the file has {pixels.Frames} frames; the first was read");
        }

        if (!RadiographModalities.Contains(dataset.Code(DicomTag.Modality)))
        {
            warnings.Add("the modality is not one of projection radiography (CR, DX); the model was made for chest radiographs");
        }

        if (
            dataset.Code(DicomTag.BodyPartExamined) is { Length: > 0 } part
            && part is not ("CHEST" or "THORAX" or "LUNG" or "CHESTABDOMEN")
        )
        {
            warnings.Add("BodyPartExamined is not the chest; the model was made for chest radiographs");
        }

        if (dataset.Code(DicomTag.ViewPosition) is "LL" or "RL" or "LATERAL" or "LAT")
        {
            warnings.Add("ViewPosition says lateral; the model was made for frontal radiographs");
        }

        if (dataset.Texts(DicomTag.PixelAspectRatio) is [var vertical, var horizontal] && vertical != horizontal)
        {
            warnings.Add("the pixels are not square; the picture was taken as it is stored");
        }
    }
}
