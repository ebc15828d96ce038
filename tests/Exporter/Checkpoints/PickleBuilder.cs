using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

/// <summary>Writes pickles opcode by opcode, so that tests can make files that PyTorch would never write.</summary>
internal sealed class PickleBuilder
{
    private readonly MemoryStream _bytes = new();

    public PickleBuilder() => Raw(0x80, 2);

    public PickleBuilder Raw(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleBuilder Opcode(char opcode) => Raw((byte)opcode);

    public PickleBuilder Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return Opcode('X').Int32(bytes.Length).Raw(bytes);
    }

    public PickleBuilder Integer(int value) => Opcode('J').Int32(value);

    public PickleBuilder Long(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8a, 8).Raw(bytes);
    }

    public PickleBuilder Global(string module, string name) => Opcode('c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    /// <summary>A tuple of what <paramref name="items"/> pushes.</summary>
    public PickleBuilder Tuple(params Action<PickleBuilder>[] items)
    {
        Opcode('(');
        foreach (Action<PickleBuilder> item in items)
        {
            item(this);
        }

        return Opcode('t');
    }

    /// <summary>A dictionary of one entry.</summary>
    public PickleBuilder Dictionary(string key, Action<PickleBuilder> value)
    {
        Opcode('}').Text(key);
        value(this);
        return Opcode('s');
    }

    /// <summary>A tensor on storage "0".</summary>
    public PickleBuilder Tensor(string storageType, long elementCount, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2")
            .Tuple(
                pickle => pickle.Storage(storageType, elementCount),
                pickle => pickle.Long(offset),
                pickle => pickle.Tuple([.. shape.Select(value => (Action<PickleBuilder>)(inner => inner.Long(value)))]),
                pickle => pickle.Tuple([.. strides.Select(value => (Action<PickleBuilder>)(inner => inner.Long(value)))]),
                pickle => pickle.Raw(0x89),
                pickle => pickle.Global("collections", "OrderedDict").Opcode(')').Opcode('R')
            )
            .Opcode('R');

    public PickleBuilder Storage(string storageType, long elementCount, string key = "0") =>
        Tuple(
                pickle => pickle.Text("storage"),
                pickle => pickle.Global("torch", storageType),
                pickle => pickle.Text(key),
                pickle => pickle.Text("cpu"),
                pickle => pickle.Long(elementCount)
            )
            .Opcode('Q');

    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Packs the pickle (with a STOP at its end) and one storage as <c>torch.save</c> would.</summary>
    public void Save(string path, byte[] storage)
    {
        Opcode('.');
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add("archive/data.pkl", ToArray());
        Add("archive/data/0", storage);

        void Add(string name, byte[] content)
        {
            using Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(content);
        }
    }

    private PickleBuilder Int32(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }
}
