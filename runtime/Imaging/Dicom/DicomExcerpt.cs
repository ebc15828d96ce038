using System.Buffers.Binary;
using System.Text;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>
/// A DICOM file with a compressed picture and nothing else: what GDCM is given. So nobody's name gets into a temporary file, and elements
/// that the parser of ours had to guess, or a data set in the wrong form, cannot trouble another reader.
/// </summary>
internal static class DicomExcerpt
{
    private const string SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
    private const string AnyInstance = "2.25.1";
    private const int PreambleLength = 128;

    /// <summary>The attributes that say how the samples lie; a decompressor may change them.</summary>
    private static readonly (uint Tag, string Representation)[] Picture =
    [
        (DicomTag.SamplesPerPixel, "US"),
        (DicomTag.PhotometricInterpretation, "CS"),
        (DicomTag.PlanarConfiguration, "US"),
        (DicomTag.NumberOfFrames, "IS"),
        (DicomTag.Rows, "US"),
        (DicomTag.Columns, "US"),
        (DicomTag.BitsAllocated, "US"),
        (DicomTag.BitsStored, "US"),
        (DicomTag.HighBit, "US"),
        (DicomTag.PixelRepresentation, "US"),
    ];

    /// <summary>Writes the file, in explicit form.</summary>
    /// <param name="dataset">Attributes, with compressed pixel data.</param>
    /// <param name="syntax">Transfer syntax of the pixel data.</param>
    public static byte[] Write(DicomDataset dataset, string syntax)
    {
        using MemoryStream file = new();
        file.Write(new byte[PreambleLength]);
        file.Write("DICM"u8);
        string given = dataset.Texts(DicomTag.SopClassUid).FirstOrDefault("");
        byte[] kind = Text(TransferSyntaxes.IsIdentifier(given) ? given : SecondaryCapture);
        byte[] instance = Text(AnyInstance);
        using MemoryStream meta = new();
        Write(meta, DicomTag.MetaVersion, "OB", [0, 1]);
        Write(meta, DicomTag.MediaStorageClass, "UI", kind);
        Write(meta, DicomTag.MediaStorageInstance, "UI", instance);
        Write(meta, DicomTag.TransferSyntax, "UI", Text(syntax));
        Write(file, DicomTag.MetaLength, "UL", BitConverter.GetBytes((uint)meta.Length));
        meta.WriteTo(file);
        Write(file, DicomTag.SopClassUid, "UI", kind);
        Write(file, DicomTag.SopInstanceUid, "UI", instance);
        foreach ((uint tag, string representation) in Picture)
        {
            if (dataset.Has(tag))
            {
                Write(file, tag, representation, dataset.Bytes(tag).Span);
            }
        }

        WriteHead(file, DicomTag.PixelData, "OB");
        file.Write([0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        file.Write(dataset.Fragments.Span);
        if (!dataset.Fragments.Span.EndsWith((ReadOnlySpan<byte>)[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]))
        {
            file.Write([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        }

        return file.ToArray();
    }

    /// <summary>Puts the decompressed picture and what describes it into the attributes of the whole file.</summary>
    public static DicomDataset Merge(DicomDataset whole, DicomDataset decompressed)
    {
        foreach ((uint tag, string representation) in (ReadOnlySpan<(uint, string)>)[.. Picture, (DicomTag.PixelData, "OW")])
        {
            if (decompressed.Has(tag))
            {
                whole.Replace(tag, representation, decompressed.Bytes(tag));
            }
        }

        whole.Encapsulated = false;
        return whole;
    }

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text.Length % 2 == 0 ? text : text + '\0');

    private static void Write(MemoryStream file, uint tag, string representation, ReadOnlySpan<byte> value)
    {
        WriteHead(file, tag, representation);
        Span<byte> length = stackalloc byte[representation == "OB" ? 6 : 2];
        if (representation == "OB")
        {
            BinaryPrimitives.WriteInt32LittleEndian(length[2..], value.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)value.Length);
        }

        file.Write(length);
        file.Write(value);
    }

    private static void WriteHead(MemoryStream file, uint tag, string representation) =>
        file.Write([(byte)(tag >> 16), (byte)(tag >> 24), (byte)tag, (byte)(tag >> 8), (byte)representation[0], (byte)representation[1]]);
}
