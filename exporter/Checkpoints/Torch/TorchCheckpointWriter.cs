using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>
/// Writes a state dict as PyTorch's zip format does (<c>torch.save(state_dict)</c>), so that Python tools read what this project makes.
/// </summary>
/// <remarks>
/// The archive holds <c>data.pkl</c> (a protocol 2 pickle of an <c>OrderedDict</c> whose values are <c>torch._utils._rebuild_tensor_v2</c>
/// calls), one raw little-endian storage per tensor in <c>data/N</c>, <c>byteorder</c> and <c>version</c>. Entries are stored, never
/// compressed: PyTorch maps them. Tensors are written one after the other, so only the caller's buffers are in memory.
/// </remarks>
public static class TorchCheckpointWriter
{
    /// <summary>Writes the tensors in their order. The file appears under its name only when it is complete.</summary>
    /// <param name="path">Target file, usually <c>*.pth</c>.</param>
    /// <param name="tensors">Tensors of type F32, F64, F16, BF16, I64, I32, U8 or BOOL.</param>
    /// <exception cref="ArtifactException">An element type has no PyTorch storage here.</exception>
    public static void Write(string path, IReadOnlyList<TensorPayload> tensors)
    {
        string root = Path.GetFileNameWithoutExtension(path);
        AtomicFile.Write(
            path,
            stream =>
            {
                using ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true);
                AddEntry(archive, $"{root}/data.pkl", entry => entry.Write(Pickle(tensors)));
                AddEntry(archive, $"{root}/byteorder", entry => entry.Write("little"u8));
                for (int index = 0; index < tensors.Count; index++)
                {
                    AddEntry(archive, $"{root}/data/{index}", tensors[index].WriteTo);
                }

                AddEntry(archive, $"{root}/version", entry => entry.Write("3\n"u8));
            }
        );
    }

    private static void AddEntry(ZipArchive archive, string name, Action<Stream> write)
    {
        ZipArchiveEntry entry = archive.CreateEntry(name, CompressionLevel.NoCompression);
        // The same tensors give the same bytes: no clock in the archive.
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using Stream stream = entry.Open();
        write(stream);
    }

    private static byte[] Pickle(IReadOnlyList<TensorPayload> tensors)
    {
        PickleOutput pickle = new();
        pickle.Global("collections", "OrderedDict").EmptyTuple().Reduce().Mark();
        for (int index = 0; index < tensors.Count; index++)
        {
            TensorInfo info = tensors[index].Info;
            pickle.Text(info.Name).Global("torch._utils", "_rebuild_tensor_v2").Mark();
            pickle
                .Mark()
                .Text("storage")
                .Global("torch", StorageName(info))
                .Text(index.ToString(System.Globalization.CultureInfo.InvariantCulture))
                .Text("cpu")
                .Integer(info.ElementCount)
                .Tuple()
                .PersistentId();
            pickle.Integer(0).Integers(info.Shape).Integers(RowMajorStrides(info.Shape)).False();
            pickle.Global("collections", "OrderedDict").EmptyTuple().Reduce().Tuple().Reduce();
        }

        return pickle.SetItems().Stop();
    }

    private static long[] RowMajorStrides(IReadOnlyList<long> shape)
    {
        long[] strides = new long[shape.Count];
        long stride = 1;
        for (int axis = shape.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(1, shape[axis]);
        }

        return strides;
    }

    private static string StorageName(TensorInfo info) =>
        info.DataType switch
        {
            TensorDataType.F32 => "FloatStorage",
            TensorDataType.F64 => "DoubleStorage",
            TensorDataType.F16 => "HalfStorage",
            TensorDataType.BF16 => "BFloat16Storage",
            TensorDataType.I64 => "LongStorage",
            TensorDataType.I32 => "IntStorage",
            TensorDataType.U8 => "ByteStorage",
            TensorDataType.BOOL => "BoolStorage",
            _ => throw new ArtifactException($"tensor '{info.Name}' has type {info.DataType}, which this checkpoint writer does not know"),
        };

    /// <summary>The few pickle opcodes (protocol 2) that a state dict needs.</summary>
    private sealed class PickleOutput
    {
        private readonly MemoryStream _output = new();

        public PickleOutput() => _output.Write([0x80, 2]); // PROTO 2

        public PickleOutput Global(string module, string name) => Op('c').Raw(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));

        public PickleOutput EmptyTuple() => Op(')');

        public PickleOutput Reduce() => Op('R');

        public PickleOutput Mark() => Op('(');

        public PickleOutput Tuple() => Op('t');

        public PickleOutput PersistentId() => Op('Q');

        public PickleOutput SetItems() => Op('u');

        public PickleOutput False() => Raw([0x89]);

        public PickleOutput Text(string value)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(value);
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            return Op('X').Raw(length).Raw(utf8);
        }

        public PickleOutput Integer(long value)
        {
            Span<byte> little = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(little, value);
            // LONG1 (0x8a): a byte count and a two's complement little-endian number; BININT (J) where 32 bits are enough.
            return value is >= int.MinValue and <= int.MaxValue ? Op('J').Raw(little[..4]) : Raw([0x8a, 8]).Raw(little);
        }

        public PickleOutput Integers(IReadOnlyList<long> values)
        {
            Mark();
            foreach (long value in values)
            {
                Integer(value);
            }

            return Tuple();
        }

        public byte[] Stop()
        {
            Op('.');
            return _output.ToArray();
        }

        private PickleOutput Op(char opcode) => Raw([(byte)opcode]);

        private PickleOutput Raw(ReadOnlySpan<byte> value)
        {
            _output.Write(value);
            return this;
        }
    }
}
