using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Core.Tests.Artifacts;

/// <summary>Atomic files, checksums, .npy files and tensor summaries.</summary>
[Trait("Category", "quick")]
public sealed class SmallFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AtomicWrite_ThrowingHalfway_KeepsTheOldFileAndNothingElse()
    {
        string path = _folder.Write("file", [1, 2, 3]);

        Assert.Throws<InvalidOperationException>(() =>
            AtomicFile.Write(
                path,
                stream =>
                {
                    stream.WriteByte(9);
                    throw new InvalidOperationException();
                }
            )
        );

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void AtomicWrite_MissingFolder_IsMade()
    {
        AtomicFile.WriteText(_folder.File("a/b/c.txt"), "ü\n");

        Assert.Equal([0xC3, 0xBC, 0x0A], File.ReadAllBytes(_folder.File("a/b/c.txt")));
    }

    [Fact]
    public void AtomicWrite_FolderThatIsAFile_SaysWhichFile()
    {
        string path = Path.Combine(_folder.Write("file", []), "inside");

        Assert.Contains(
            $"cannot write '{path}'",
            Assert.Throws<InputException>(() => AtomicFile.WriteText(path, "")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Sha256_KnownText_GivesThePublishedDigest()
    {
        const string Digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

        Assert.Equal(Digest, Sha256.OfBytes("abc"u8));
        Assert.Equal(Digest, Sha256.OfFile(_folder.Write("abc", "abc"u8.ToArray())));
        Assert.Throws<ArtifactException>(() => Sha256.OfFile(_folder.File("none")));
    }

    [Theory]
    [InlineData]
    [InlineData(3)]
    [InlineData(2, 3)]
    [InlineData(2, 0, 3)]
    public void Npy_WrittenArray_ReadsBack(params int[] shape)
    {
        float[] data =
        [
            .. Enumerable
                .Range(0, shape.Aggregate(1, (product, dimension) => product * dimension))
                .Select(i => i == 1 ? float.NaN : i * 0.5f),
        ];
        NpyFile.Write(_folder.File("a.npy"), data, shape);

        (float[] readData, int[] readShape) = NpyFile.Read(_folder.File("a.npy"));

        Assert.Equal(data, readData);
        Assert.Equal(shape, readShape);
        Assert.Equal(0, (new FileInfo(_folder.File("a.npy")).Length - (data.Length * 4)) % 64);
    }

    [Fact]
    public void Npy_WrittenArray_HasNumPysHeader()
    {
        NpyFile.Write(_folder.File("a.npy"), [1, 2, 3, 4, 5, 6], 2, 3);

        string header = Encoding.Latin1.GetString(File.ReadAllBytes(_folder.File("a.npy")).AsSpan(10, 118));
        Assert.Equal("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", header.TrimEnd());
        Assert.EndsWith("\n", header, StringComparison.Ordinal);
    }

    [Fact]
    public void Npy_FortranOrderAndOtherTypes_GiveTheSameNumbers()
    {
        short[] columns = [1, 4, 2, 5, 3, 6];
        byte[] data = [.. columns.SelectMany(BitConverter.GetBytes)];

        (float[] values, int[] shape) = NpyFile.Read(Npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", data));

        Assert.Equal([1, 2, 3, 4, 5, 6], values);
        Assert.Equal([2, 3], shape);
        Assert.Equal(
            [1.5f],
            NpyFile.Read(Npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", BitConverter.GetBytes(1.5))).Data
        );
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", 4, "element type '>f4' is not supported")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 4, "element type '|O' is not supported")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4, "is not a plain array of numbers")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 4, "holds 4 bytes of data, <f4 (2) needs 8")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999), }", 4, "too large to be read at once")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }", 4, "dimension '99999999999' is out of range")]
    public void Npy_BadFile_SaysWhatIsWrong(string header, int dataLength, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<ArtifactException>(() => NpyFile.Read(Npy(header, new byte[dataLength]))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Npy_OtherFile_SaysSo() =>
        Assert.Contains(
            "is not a .npy file",
            Assert.Throws<ArtifactException>(() => NpyFile.Read(_folder.Write("x", new byte[5]))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void TensorSummary_NanAndInfinity_AreCountedAndKept()
    {
        SafetensorsWriter.Write(
            _folder.File("t"),
            [
                TensorPayload.Float32("mixed", [4], new float[] { float.NaN, -1.5f, float.PositiveInfinity, 2 }),
                TensorPayload.Float32("none", [2], new float[] { float.NaN, float.NaN }),
                TensorPayload.Float32("empty", [0, 4], Array.Empty<float>()),
                TensorPayload.Int64("big", [], new long[] { long.MinValue }),
            ]
        );
        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("t"));

        TensorSummary mixed = TensorSummary.Of(file, "mixed");
        Assert.Equal((-1.5, double.PositiveInfinity, 1), (mixed.Minimum, mixed.Maximum, mixed.NanCount));
        Assert.Equal(Sha256.OfBytes(file.ReadBytes("mixed")), mixed.Sha256);
        Assert.Equal(
            (null, null, 2),
            (TensorSummary.Of(file, "none").Minimum, TensorSummary.Of(file, "none").Maximum, TensorSummary.Of(file, "none").NanCount)
        );
        Assert.Null(TensorSummary.Of(file, "empty").Minimum);
        Assert.Equal(long.MinValue, TensorSummary.Of(file, "big").Maximum);
    }

    public void Dispose() => _folder.Dispose();

    private string Npy(string header, byte[] data)
    {
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(117) + "\n");
        return _folder.Write("made.npy", [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. data]);
    }
}
