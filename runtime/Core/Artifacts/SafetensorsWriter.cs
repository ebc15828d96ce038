using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CxrOnnx.Core.Artifacts;

/// <summary>
/// Writes safetensors files as a stream, one tensor after the other in the order given; the same input gives the same bytes.
/// </summary>
public static class SafetensorsWriter
{
    // What vector instructions and ONNX Runtime's own allocator like; small tensors are not worth a page each.
    private const int SmallAlignment = 64;
    private const int HeaderAlignment = 8;

    /// <summary>Writes a file (temporary sibling, then rename).</summary>
    /// <param name="path">Final path.</param>
    /// <param name="tensors">Tensors in file order; names must be unique.</param>
    /// <param name="metadata">Free-form strings, written sorted by key; null for none.</param>
    /// <param name="alignment">
    /// 1, or a power of two from 64 on: every tensor of at least that many bytes then starts at a multiple of it, counted from the start of
    /// the file, and smaller ones at a multiple of 64. Filler tensors named <c>__padding__.N</c> keep the file valid.
    /// </param>
    /// <returns>Offset of each tensor's first byte, counted from the start of the file.</returns>
    /// <exception cref="InputException">The file cannot be written.</exception>
    /// <exception cref="ArtifactException">
    /// A tensor that is copied from another file cannot be read, or gives too few or too many bytes.
    /// </exception>
    public static IReadOnlyDictionary<string, long> Write(
        string path,
        IReadOnlyList<TensorPayload> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        int alignment = 1
    )
    {
        if (alignment != 1 && (alignment < SmallAlignment || !int.IsPow2(alignment)))
        {
            throw new ArgumentOutOfRangeException(nameof(alignment), alignment, $"1 or a power of two from {SmallAlignment} on");
        }

        List<Segment> layout = Layout(tensors, alignment);
        byte[] header = Header(layout, metadata, Math.Max(alignment, HeaderAlignment));
        OrderedDictionary<string, long> offsets = [];
        AtomicFile.Write(
            path,
            stream =>
            {
                Span<byte> length = stackalloc byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
                stream.Write(length);
                stream.Write(header);
                long dataStart = stream.Position;
                foreach (Segment segment in layout)
                {
                    WriteSegment(path, stream, segment, dataStart);
                    if (segment.Payload is not null)
                    {
                        offsets.Add(segment.Info.Name, dataStart + segment.Begin);
                    }
                }
            }
        );
        return offsets;
    }

    private static List<Segment> Layout(IReadOnlyList<TensorPayload> tensors, int alignment)
    {
        List<Segment> layout = new(tensors.Count);
        HashSet<string> names = [];
        long position = 0;
        int fillers = 0;
        foreach (TensorPayload tensor in tensors)
        {
            string name = tensor.Info.Name;
            if (!names.Add(name) || name == "__metadata__" || name.StartsWith(SafetensorsHeader.PaddingPrefix, StringComparison.Ordinal))
            {
                throw new ArgumentException($"tensor name '{name}' is there twice or reserved", nameof(tensors));
            }

            long byteCount = tensor.Info.ByteCount;
            long start = RoundUp(
                position,
                alignment == 1 ? 1
                    : byteCount >= alignment ? alignment
                    : SmallAlignment
            );
            if (start > position)
            {
                TensorInfo filler = new($"{SafetensorsHeader.PaddingPrefix}{fillers++}", TensorDataType.U8, [start - position]);
                layout.Add(new Segment(filler, position, null));
            }

            layout.Add(new Segment(tensor.Info, start, tensor));
            position = checked(start + byteCount);
        }

        return layout;
    }

    private static byte[] Header(List<Segment> layout, IReadOnlyDictionary<string, string>? metadata, int alignment)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            foreach (Segment segment in layout)
            {
                json.WriteStartObject(segment.Info.Name);
                json.WriteString("dtype", segment.Info.DataType.ToString());
                WriteNumbers(json, "shape", segment.Info.Shape);
                WriteNumbers(json, "data_offsets", [segment.Begin, segment.Begin + segment.Info.ByteCount]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        int length = buffer.WrittenCount;
        byte[] header = new byte[RoundUp(length + sizeof(ulong), alignment) - sizeof(ulong)];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(length).Fill((byte)' ');
        return header;
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    private static void WriteSegment(string path, Stream stream, Segment segment, long dataStart)
    {
        if (segment.Payload is null)
        {
            stream.Write(new byte[segment.Info.ByteCount]);
        }
        else
        {
            segment.Payload.WriteTo(stream);
        }

        long written = stream.Position - dataStart - segment.Begin;
        if (written != segment.Info.ByteCount)
        {
            throw new ArtifactException(
                $"{path}: tensor '{segment.Info.Name}' {segment.Info.DataType} {segment.Info.ShapeText} needs {segment.Info.ByteCount} "
                    + $"bytes, {written} were written"
            );
        }
    }

    private static long RoundUp(long value, int multiple) => checked((value + multiple - 1) / multiple * multiple);

    /// <summary>A tensor (or a filler, without payload) and its first byte behind the header.</summary>
    private sealed record Segment(TensorInfo Info, long Begin, TensorPayload? Payload);
}
