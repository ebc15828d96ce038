using System.Buffers.Binary;
using System.Text;
using CsCheck;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Artifacts;

[Trait("Category", "slow")]
public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Open_ReferenceFile_GivesNamesShapesAndValues()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Fixtures.Path("checkpoints/odd_tensors.safetensors"));

        Assert.Equal(14, file.Tensors.Count);
        Assert.Equal("f32_transposed_view", file.Tensors.Keys.First());
        Assert.Equal([6L, 4L], file.Tensors["f32_transposed_view"].Shape);
        Assert.Empty(file.Tensors["scalar0d"].Shape);
        Assert.Equal(0, file.Tensors["empty"].ByteCount);
        Assert.Equal(TensorDataType.BF16, file.Tensors["bf16"].DataType);
        Assert.True(float.IsNaN(file.ReadFloat32("nan_inf")[0]));
    }

    [Fact]
    public void ReadFloat32_EveryType_ConvertsTheValue()
    {
        string path = _folder.File("types.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                TensorPayload.Float32("f32", [2], new float[] { 1.5f, -2 }),
                TensorPayload.Int64("i64", [2], new long[] { -7, 1L << 40 }),
                TensorPayload.Bytes(new TensorInfo("f16", TensorDataType.F16, [2]), new byte[] { 0x00, 0x3E, 0x00, 0xC0 }),
                TensorPayload.Bytes(new TensorInfo("bf16", TensorDataType.BF16, [2]), new byte[] { 0xC0, 0x3F, 0x00, 0xC0 }),
                TensorPayload.Bytes(new TensorInfo("f64", TensorDataType.F64, [1]), BitConverter.GetBytes(1.5)),
                TensorPayload.Bytes(new TensorInfo("i32", TensorDataType.I32, [1]), BitConverter.GetBytes(-70000)),
                TensorPayload.Bytes(new TensorInfo("i16", TensorDataType.I16, [1]), BitConverter.GetBytes((short)-300)),
                TensorPayload.Bytes(new TensorInfo("i8", TensorDataType.I8, [1]), new byte[] { 0xFF }),
                TensorPayload.Bytes(new TensorInfo("u8", TensorDataType.U8, [1]), new byte[] { 0xFF }),
                TensorPayload.Bytes(new TensorInfo("bool", TensorDataType.BOOL, [2]), new byte[] { 1, 0 }),
            ]
        );
        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal([1.5f, -2], file.ReadFloat32("f32"));
        Assert.Equal([-7, (float)(1L << 40)], file.ReadFloat32("i64"));
        Assert.Equal([1.5f, -2], file.ReadFloat32("f16"));
        Assert.Equal([1.5f, -2], file.ReadFloat32("bf16"));
        Assert.Equal([1.5f], file.ReadFloat32("f64"));
        Assert.Equal([-70000], file.ReadFloat32("i32"));
        Assert.Equal([-300], file.ReadFloat32("i16"));
        Assert.Equal([-1], file.ReadFloat32("i8"));
        Assert.Equal([255], file.ReadFloat32("u8"));
        Assert.Equal([1, 0], file.ReadFloat32("bool"));
        Assert.Equal([-7, 1L << 40], file.ReadInt64("i64"));
        Assert.Equal([-70000], file.ReadInt64("i32"));
        Assert.Equal([-300], file.ReadInt64("i16"));
        Assert.Equal([-1], file.ReadInt64("i8"));
        Assert.Equal([255], file.ReadInt64("u8"));
        Assert.Contains(
            "is F32, integers were expected",
            Assert.Throws<ArtifactException>(() => file.ReadInt64("f32")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Read_UnknownNameOrWrongBuffer_Throws()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Write("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2));

        Assert.Contains("has no tensor 'b'", Assert.Throws<ArtifactException>(() => file.ReadBytes("b")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => file.Read("a", new byte[3]));
        Assert.Throws<ArgumentException>(() => file.ReadFloat32("a", new float[1]));
    }

    [Theory]
    [InlineData("""[]""", 0, "does not begin with '{'")]
    [InlineData("", 0, "does not begin with '{'")]
    [InlineData("""{"a":""", 0, "not valid JSON")]
    [InlineData("""{} x""", 0, "not valid JSON")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""",
        2,
        "tensor 'a' is in the header twice"
    )]
    [InlineData("""{"a":[]}""", 0, "tensor 'a' is a list")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "tensor 'a' has no data_offsets")]
    [InlineData("""{"a":{}}""", 0, "tensor 'a' has no dtype, shape, data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "field 'dtype' is there twice")]
    [InlineData("""{"a":{"dtype":5,"shape":[1],"data_offsets":[0,1]}}""", 1, "field 'dtype' is there twice or is a number")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"extra":1}}""", 1, "unknown field 'extra'")]
    [InlineData("""{"a":{"dtype":"F7","shape":[1],"data_offsets":[0,1]}}""", 1, "has dtype 'F7'")]
    [InlineData("""{"a":{"dtype":"1","shape":[1],"data_offsets":[0,1]}}""", 1, "has dtype '1'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "shape holds something that is not an integer")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1, "shape holds something that is not an integer")]
    [InlineData("""{"a":{"dtype":"U8","shape":3,"data_offsets":[0,1]}}""", 1, "shape is a number, a list of integers was expected")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807,9],"data_offsets":[0,1]}}""", 1, "more elements than 64 bits can count")]
    [InlineData("""{"a":{"dtype":"F64","shape":[9223372036854775807],"data_offsets":[0,1]}}""", 1, "more elements than 64 bits can count")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}}""",
        20,
        "F32 [2, 3] needs 24 bytes, data_offsets [0, 20] hold 20"
    )]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "data_offsets has 1 numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1, "data_offsets [1, 0] do not lie in the 1 bytes of data")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3, "data_offsets [0, 4] do not lie in the 3 bytes of data")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""",
        3,
        "tensor 'b' begins at byte 1 of the data, inside tensor 'a', which ends at 2"
    )]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""",
        3,
        "1 bytes between tensor 'a' and tensor 'b' belong to no tensor"
    )]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 3, "2 bytes behind tensor 'a' belong to no tensor")]
    [InlineData("""{"__metadata__":[]}""", 0, "__metadata__ is a list")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "__metadata__ entry 'format' is a number")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "__metadata__ entry 'a' is in the header twice")]
    public void Open_BrokenRule_NamesItWithValues(string header, int dataBytes, string expected)
    {
        string path = Write(header, dataBytes);

        ArtifactException exception = Assert.Throws<ArtifactException>(() => SafetensorsFile.Open(path));

        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Open_TooShort_SaysHowShort() =>
        Assert.Contains(
            "has 5 bytes",
            Assert.Throws<ArtifactException>(() => SafetensorsFile.Open(_folder.Write("short", new byte[5]))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Open_HeaderLongerThanFile_SaysBothLengths()
    {
        byte[] content = new byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(content, 13);

        ArtifactException exception = Assert.Throws<ArtifactException>(() => SafetensorsFile.Open(_folder.Write("long", content)));

        Assert.Contains("header has 13 bytes, but only 12 follow", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_HeaderAboveTheCap_IsRefusedWithoutReadingIt()
    {
        byte[] content = new byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(content, ulong.MaxValue);

        ArtifactException exception = Assert.Throws<ArtifactException>(() => SafetensorsFile.Open(_folder.Write("cap", content)));

        Assert.Contains("header has 18446744073709551615 bytes, at most 100000000 are read", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingFileOrFolder_SaysSo()
    {
        Assert.Contains(
            "no such file",
            Assert.Throws<ArtifactException>(() => SafetensorsFile.Open(_folder.File("none"))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is a folder",
            Assert.Throws<ArtifactException>(() => SafetensorsFile.Open(_folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_TensorsStoredInAnotherOrderThanTheHeader_ReadsEach()
    {
        using SafetensorsFile file = SafetensorsFile.Open(
            Write("""{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 3)
        );

        Assert.Equal(["b", "a"], file.Tensors.Keys);
        Assert.Equal([1, 2], file.ReadBytes("b"));
        Assert.Equal([0], file.ReadBytes("a"));
    }

    [Fact]
    public void Write_ThenOpen_GivesTheSameTensors()
    {
        // Any names, shapes (with empty and scalar ones) and alignments.
        Gen<(string Name, int[] Shape)> tensor = Gen.Select(Gen.String[Gen.Char['a', 'ÿ'], 1, 12], Gen.Int[0, 5].Array[0, 4]);
        Gen.Select(tensor.List[0, 8], Gen.OneOf(Gen.Const(1), Gen.Const(64), Gen.Const(256), Gen.Const(4096)))
            .Sample(
                (tensors, alignment) =>
                {
                    string path = _folder.File("round.safetensors");
                    var expected = tensors
                        .DistinctBy(entry => entry.Name)
                        .Select(
                            (entry, index) =>
                                (
                                    entry.Name,
                                    Shape: entry.Shape.Select(dimension => (long)dimension).ToArray(),
                                    Data: Enumerable
                                        .Range(index, entry.Shape.Aggregate(1, (product, dimension) => product * dimension))
                                        .Select(i => (float)i)
                                        .ToArray()
                                )
                        )
                        .ToList();

                    IReadOnlyDictionary<string, long> offsets = SafetensorsWriter.Write(
                        path,
                        [.. expected.Select(entry => TensorPayload.Float32(entry.Name, entry.Shape, entry.Data))],
                        alignment: alignment
                    );

                    using SafetensorsFile file = SafetensorsFile.Open(path);
                    Assert.Equal(expected.Select(entry => entry.Name), file.Tensors.Keys);
                    byte[] whole = File.ReadAllBytes(path);
                    foreach ((string name, long[] shape, float[] data) in expected)
                    {
                        Assert.Equal(shape, file.Tensors[name].Shape);
                        Assert.Equal(data, file.ReadFloat32(name));
                        Assert.Equal(offsets[name], file.OffsetOf(name));
                        Assert.Equal(file.ReadBytes(name), whole.AsSpan((int)offsets[name], data.Length * 4).ToArray());
                        Assert.Equal(0, offsets[name] % Math.Min(alignment, data.Length * 4 >= alignment ? alignment : 64));
                    }
                },
                iter: 60,
                threads: 1
            );
    }

    [Fact]
    public void Write_WithMetadata_KeepsItAndIsDeterministic()
    {
        Dictionary<string, string> metadata = new() { ["z"] = "last", ["format"] = "{\"quoted\": \"ü\"}" };
        TensorPayload[] tensors = [TensorPayload.Float32("w", [3], new float[] { 1, 2, 3 })];
        SafetensorsWriter.Write(_folder.File("a"), tensors, metadata);
        SafetensorsWriter.Write(_folder.File("b"), tensors, metadata.Reverse().ToDictionary());

        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("a"));
        Assert.Equal(metadata.OrderBy(entry => entry.Key), file.Metadata);
        Assert.Equal(File.ReadAllBytes(_folder.File("a")), File.ReadAllBytes(_folder.File("b")));
    }

    [Fact]
    public void Write_CopyUnderANewName_CopiesBytes()
    {
        using SafetensorsFile source = SafetensorsFile.Open(Fixtures.Path("checkpoints/odd_tensors.safetensors"));
        SafetensorsWriter.Write(
            _folder.File("copy"),
            [.. source.Tensors.Keys.Select(name => TensorPayload.Copy(source, name, $"part.{name}"))],
            alignment: 64
        );

        using SafetensorsFile copy = SafetensorsFile.Open(_folder.File("copy"));
        Assert.All(source.Tensors.Keys, name => Assert.Equal(source.ReadBytes(name), copy.ReadBytes($"part.{name}")));
    }

    [Fact]
    public void Write_PayloadOfTheWrongLength_ThrowsAndLeavesNothing()
    {
        TensorPayload wrong = TensorPayload.Stream(new TensorInfo("w", TensorDataType.F32, [3]), stream => stream.Write(new byte[8]));

        ArtifactException exception = Assert.Throws<ArtifactException>(() => SafetensorsWriter.Write(_folder.File("w"), [wrong]));

        Assert.Contains("tensor 'w' F32 [3] needs 12 bytes, 8 were written", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Write_SameNameTwice_Throws() =>
        Assert.Throws<ArgumentException>(() =>
            SafetensorsWriter.Write(
                _folder.File("w"),
                [TensorPayload.Int64("w", [], new long[1]), TensorPayload.Int64("w", [], new long[1])]
            )
        );

    [Fact]
    public void OpenAndRead_AnyDamage_LoadsOrThrowsArtifactException()
    {
        byte[] good = File.ReadAllBytes(Fixtures.Path("checkpoints/odd_tensors.safetensors"));
        string path = _folder.File("damaged");

        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length], Gen.Bool)
            .Sample(
                (position, value, length, cut) =>
                {
                    byte[] damaged = cut ? good[..length] : [.. good];
                    if (position < damaged.Length)
                    {
                        damaged[position] = value;
                    }

                    File.WriteAllBytes(path, damaged);
                    try
                    {
                        using SafetensorsFile file = SafetensorsFile.Open(path);
                        foreach (string name in file.Tensors.Keys)
                        {
                            file.ReadBytes(name);
                        }
                    }
                    catch (ArtifactException)
                    {
                        // The only allowed way to fail.
                    }
                },
                iter: 400,
                threads: 1
            );
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] content = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(content, (ulong)json.Length);
        json.CopyTo(content, 8);
        for (int i = 0; i < dataBytes; i++)
        {
            content[8 + json.Length + i] = (byte)i;
        }

        return _folder.Write("file.safetensors", content);
    }
}
