using System.Buffers.Binary;
using CxrOnnx.Core;

namespace CxrOnnx.Imaging.Dicom;

/// <summary>A lookup table of the modality or VOI kind (PS3.3 C.11.1.1 and C.11.2.1.1).</summary>
internal sealed class DicomLookupTable
{
    private readonly int _first;
    private readonly ushort[] _entries;

    private DicomLookupTable(int first, ushort[] entries, int bits)
    {
        _first = first;
        _entries = entries;
        Largest = (1 << bits) - 1;
    }

    /// <summary>The largest value that the table's bits can hold.</summary>
    public int Largest { get; }

    /// <summary>Reads the table of a sequence's item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="signedInput">
    /// Whether the values that go in can be negative, for files that do not say how the descriptor is meant.
    /// </param>
    /// <param name="name">What to call the file in messages.</param>
    /// <exception cref="InputException">The table is incomplete.</exception>
    public static DicomLookupTable Read(DicomDataset item, bool signedInput, string name)
    {
        if (item.UInt16(DicomTag.LutDescriptor, 2) is not { } bits)
        {
            throw new InputException(
                $"{name}: damaged DICOM file: lookup table without descriptor {DicomTag.Text(DicomTag.LutDescriptor)}"
            );
        }

        int count = item.UInt16(DicomTag.LutDescriptor)!.Value is var stated && stated == 0 ? 65536 : stated;
        bool signed = item.Representation(DicomTag.LutDescriptor) switch
        {
            "SS" => true,
            "US" => false,
            _ => signedInput,
        };
        int first = (signed ? item.Int16(DicomTag.LutDescriptor, 1) : item.UInt16(DicomTag.LutDescriptor, 1))!.Value;
        ReadOnlySpan<byte> data = item.Bytes(DicomTag.LutData).Span;
        ushort[] entries = new ushort[count];
        if (data.Length >= count * 2)
        {
            for (int i = 0; i < count; i++)
            {
                entries[i] = BinaryPrimitives.ReadUInt16LittleEndian(data[(i * 2)..]);
            }
        }
        else if (data.Length >= count)
        {
            for (int i = 0; i < count; i++)
            {
                entries[i] = data[i];
            }
        }
        else
        {
            throw new InputException(
                $"{name}: damaged DICOM file: lookup table of {data.Length} bytes, its descriptor says {count} entries"
            );
        }

        return new DicomLookupTable(first, entries, bits is >= 1 and <= 16 ? bits : 16);
    }

    /// <summary>The entry for a value; values outside take the table's first or last entry.</summary>
    public int this[double value] => _entries[(int)Math.Clamp(Math.Round(value) - _first, 0, _entries.Length - 1)];
}
