using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Checkpoints;

/// <summary>Pickles that PyTorch would not write, and the corners of those it does.</summary>
[Trait("Category", "slow")]
public sealed class TorchPickleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _made;

    [Fact]
    public void Read_StridedViews_GivesTheElementsInRowMajorOrder()
    {
        // Storage 0..11; the view [2, 3] with offset 1 and strides (1, 4) is {1, 5, 9}, {2, 6, 10}.
        using ITensorFile file = Open(
            pickle => pickle.Dictionary("w", inner => inner.Tensor("ShortStorage", 12, 1, [2, 3], [1, 4])),
            Shorts(12)
        );

        Assert.Equal([1, 5, 9, 2, 6, 10], file.ReadInt64("w"));
    }

    [Fact]
    public void Read_ExpandedView_RepeatsTheElement()
    {
        using ITensorFile file = Open(
            pickle => pickle.Dictionary("w", inner => inner.Tensor("ShortStorage", 2, 1, [3, 2], [0, 0])),
            Shorts(2)
        );

        Assert.Equal([1, 1, 1, 1, 1, 1], file.ReadInt64("w"));
    }

    [Fact]
    public void Read_UntypedStorageWithDataType_GivesTheValues()
    {
        using ITensorFile file = Open(
            pickle =>
                pickle.Dictionary(
                    "w",
                    inner =>
                        inner
                            .Global("torch._utils", "_rebuild_tensor_v3")
                            .Tuple(
                                item => item.Storage("UntypedStorage", 6),
                                item => item.Integer(1),
                                item => item.Tuple(size => size.Integer(2)),
                                item => item.Tuple(stride => stride.Integer(1)),
                                item => item.Raw(0x89),
                                item => item.Opcode('N'),
                                item => item.Global("torch", "int16")
                            )
                            .Opcode('R')
                ),
            Shorts(3)
        );

        Assert.Equal(TensorDataType.I16, file.Tensors["w"].DataType);
        Assert.Equal([1, 2], file.ReadInt64("w"));
    }

    [Fact]
    public void Open_ScalarsAndNumPyValuesBesideTheModel_AreIgnored()
    {
        using ITensorFile file = Open(
            pickle =>
                pickle
                    .Opcode('}')
                    .Opcode('(')
                    .Text("epoch")
                    .Integer(3)
                    .Text("best")
                    .Global("numpy.core.multiarray", "scalar")
                    .Tuple(item => item.Global("numpy", "dtype").Tuple(inner => inner.Text("f8")).Opcode('R'))
                    .Opcode('R')
                    .Text("device")
                    .Global("torch", "device")
                    .Tuple(item => item.Text("cuda"))
                    .Opcode('R')
                    .Text("model")
                    .Dictionary("w", inner => inner.Tensor("ShortStorage", 2, 0, [2], [1]))
                    .Opcode('u'),
            Shorts(2)
        );

        Assert.Equal(["w"], file.Tensors.Keys);
    }

    [Theory]
    [InlineData("posix", "system", "posix.system")]
    [InlineData("builtins", "eval", "builtins.eval")]
    [InlineData("torch", "load", "torch.load")]
    [InlineData("torch.storage", "_load_from_bytes", "torch.storage._load_from_bytes")]
    [InlineData("torch", "ComplexFloatStorage", "torch.ComplexFloatStorage")]
    [InlineData("evil\u001b[31m", "\tname", "evil?[31m.?name")]
    public void Open_OtherGlobals_AreRefusedByName(string module, string name, string expected)
    {
        ArtifactException exception = Fails(pickle => pickle.Global(module, name).Opcode(')').Opcode('R'));

        Assert.Contains($"refers to {expected}; refusing to load", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_GlobalFromTheStack_IsRefusedByName() =>
        Assert.Contains(
            "refers to os.system",
            Fails(pickle => pickle.Text("os").Text("system").Raw(0x93)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(13, 0, new long[] { 13 }, new long[] { 1 }, "entry 'archive/data/0' has 24 bytes, its tensors need 26")]
    [InlineData(12, 1, new long[] { 12 }, new long[] { 1 }, "reaches element 12 of storage '0', which has 12")]
    [InlineData(12, 0, new long[] { 2, 2 }, new long[] { 12, 1 }, "reaches element 13 of storage '0', which has 12")]
    [InlineData(12, -1, new long[] { 2 }, new long[] { 1 }, "offset -1")]
    [InlineData(12, 0, new long[] { 2 }, new long[] { 1, 1 }, "1 dimensions, 2 strides")]
    [InlineData(12, 0, new long[] { -2 }, new long[] { 1 }, "not natural numbers")]
    [InlineData(12, 0, new long[] { 1L << 62, 8 }, new long[] { 0, 0 }, "more elements than 64 bits can count")]
    [InlineData(12, 0, new long[] { 2, 2 }, new long[] { long.MaxValue, long.MaxValue }, "more elements than 64 bits can count")]
    [InlineData(12, 0, new long[] { 1L << 40 }, new long[] { 0 }, "repeats the 12 elements of storage '0' too often")]
    [InlineData(long.MaxValue, 0, new long[] { 2 }, new long[] { 1 }, "the file is damaged")]
    [InlineData(-1, 0, new long[] { 0 }, new long[] { 1 }, "does not describe a storage")]
    public void Open_TensorThatDoesNotFitItsStorage_SaysHow(long elements, long offset, long[] shape, long[] strides, string expected)
    {
        ArtifactException exception = Fails(pickle =>
            pickle.Dictionary("w", inner => inner.Tensor("ShortStorage", elements, offset, shape, strides))
        );

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NotADictionary_SaysWhatItIs()
    {
        Assert.Contains(
            "holds a single tensor, a state dict",
            Fails(pickle => pickle.Tensor("ShortStorage", 12, 0, [12], [1])).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("holds a list, a state dict", Fails(pickle => pickle.Opcode(']')).Message, StringComparison.Ordinal);
        Assert.Contains("holds None, a state dict", Fails(pickle => pickle.Opcode('N')).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DictionaryWithoutTensors_ListsItsKeys() =>
        Assert.Contains(
            "has no tensors at its top level, only weights;",
            Fails(pickle => pickle.Dictionary("weights", inner => inner.Opcode('}'))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Open_DictionaryThatHoldsItself_IsRefused() =>
        Assert.Contains(
            "wrapped more than 4 times",
            Fails(pickle =>
                pickle
                    .Dictionary("a", tensor => tensor.Tensor("ShortStorage", 12, 0, [12], [1]))
                    .Raw((byte)'q', 0)
                    .Text("model")
                    .Raw((byte)'h', 0)
                    .Opcode('s')
            ).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(new byte[] { (byte)'0' }, "takes a value from an empty stack")]
    [InlineData(new byte[] { (byte)'t' }, "has no mark where one is needed")]
    [InlineData(new byte[] { (byte)'(', (byte)'0' }, "takes a value from an empty stack")]
    [InlineData(new byte[] { (byte)'}', (byte)'N', (byte)'a' }, "uses APPEND on something that cannot take it")]
    [InlineData(new byte[] { (byte)'}', (byte)'(', (byte)'N', (byte)'u' }, "gives a dictionary key without value")]
    [InlineData(new byte[] { (byte)'N', (byte)')', (byte)'R' }, "calls something that is not a function")]
    [InlineData(new byte[] { (byte)'h', 7 }, "refers to memo entry 7, which was never stored")]
    [InlineData(new byte[] { (byte)'i' }, "uses opcode 0x69, which no state dict needs")]
    [InlineData(new byte[] { (byte)'N', (byte)'N' }, "STOP comes too early")]
    [InlineData(new byte[] { 0x80, 9 }, "is of a pickle protocol above 5")]
    [InlineData(new byte[] { 0x8e, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, "more bytes, ")]
    [InlineData(new byte[] { 0x8e, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, "gives a length of 18446744073709551615")]
    [InlineData(new byte[] { (byte)'X', 0xFF, 0xFF, 0xFF, 0x7F }, "holds a text of 2147483647 bytes")]
    [InlineData(new byte[] { (byte)'N', (byte)'Q' }, "does not describe a storage")]
    public void Open_BrokenPickle_SaysWhatIsWrong(byte[] opcodes, string expected)
    {
        ArtifactException exception = Fails(pickle => pickle.Raw(opcodes));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Open_PickleThatNeverStops_SaysSo()
    {
        string path = _folder.File("legacy");
        File.WriteAllBytes(path, [0x80, 2, .. Enumerable.Repeat((byte)'N', 1000)]);

        Assert.Contains(
            "ends in the middle",
            Assert.Throws<ArtifactException>(() => CheckpointFile.Open(path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_PickleThatKeepsPushing_IsBounded()
    {
        byte[] opcodes = new byte[5_000_000];
        opcodes.AsSpan().Fill((byte)'N');

        Assert.Contains("needs more than 4194304 stack entries", Fails(pickle => pickle.Raw(opcodes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PickleThatCopiesAListOverAndOver_IsBounded()
    {
        // A list of 100,000 pairs, made into an OrderedDict again and again: 3 bytes each, 100,000 steps each.
        PickleBuilder pickle = new();
        pickle.Opcode(']').Raw((byte)'q', 0).Opcode('(').Opcode('N').Opcode('N').Raw(0x86).Raw((byte)'q', 1);
        for (int i = 0; i < 100_000; i++)
        {
            pickle.Raw((byte)'h', 1);
        }

        pickle.Opcode('e').Opcode('0').Global("collections", "OrderedDict").Raw((byte)'q', 2);
        for (int i = 0; i < 1_000; i++)
        {
            pickle.Raw((byte)'h', 2, (byte)'h', 0, 0x85, (byte)'R', (byte)'0');
        }

        string path = _folder.File("work.pth");
        pickle.Save(path, Shorts(12));

        Assert.Contains(
            "needs more than 20000000 steps",
            Assert.Throws<ArtifactException>(() => CheckpointFile.Open(path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Open_PickleOfAnotherProgram_SaysSo()
    {
        string path = _folder.File("other.pkl");
        File.WriteAllBytes(path, [0x80, 2, (byte)'}', (byte)'.']);

        Assert.Contains(
            "is a pickle, but not one written by torch.save",
            Assert.Throws<ArtifactException>(() => CheckpointFile.Open(path)).Message,
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Shorts(int count) => [.. Enumerable.Range(0, count).SelectMany(i => BitConverter.GetBytes((short)i))];

    private ITensorFile Open(Action<PickleBuilder> content, byte[] storage)
    {
        PickleBuilder pickle = new();
        content(pickle);
        string path = _folder.File($"made{_made++}.pth");
        pickle.Save(path, storage);
        return CheckpointFile.Open(path);
    }

    private ArtifactException Fails(Action<PickleBuilder> content) => Assert.Throws<ArtifactException>(() => Open(content, Shorts(12)));
}
