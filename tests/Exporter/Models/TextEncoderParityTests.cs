using CxrOnnx.Core.Artifacts;
using CxrOnnx.Tests;
using Xunit;

namespace CxrOnnx.Exporter.Tests.Models;

[Trait("Category", "quick")]
public class TextEncoderParityTests
{
    [Fact]
    public void TextEncoder_ReferenceIds_EqualsReference()
    {
        using OrtGraph encoder = new(Path.Combine(ReferenceBundles.Tuned, "text_encoder.onnx"));
        using SafetensorsFile io = SafetensorsFile.Open(Fixtures.Path("text/io.safetensors"));
        TestTensor got = encoder.Run(("input_ids", TestTensor.Of(io, "input_ids")))["last_hidden_state"];
        // The tolerance that comes with the reference (its own error is 3.5e-6).
        Parity.AssertClose(TestTensor.Of(io, "last_hidden_state"), got, 5e-5, name: "last_hidden_state");
    }

    [Fact]
    public void TextEncoder_LaterToken_DoesNotChangeEarlierStates()
    {
        using OrtGraph encoder = new(Path.Combine(ReferenceBundles.Tuned, "text_encoder.onnx"));
        long[] ids = [998, .. Enumerable.Range(0, 74).Select(i => (long)(i * 7 % 900)), 999, 0];
        long[] changed = [.. ids];
        changed[40] += 1;
        TestTensor before = encoder.Run(("input_ids", new TestTensor(ids, [1, 77])))["last_hidden_state"];
        TestTensor after = encoder.Run(("input_ids", new TestTensor(changed, [1, 77])))["last_hidden_state"];
        Assert.Equal(before.Floats[..(40 * 64)], after.Floats[..(40 * 64)]);
        Assert.NotEqual(before.Floats[(40 * 64)..(41 * 64)], after.Floats[(40 * 64)..(41 * 64)]);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(49407)]
    public void TextEncoder_IdBeyondTheTable_IsRefused(long id)
    {
        using OrtGraph encoder = new(Path.Combine(ReferenceBundles.Tuned, "text_encoder.onnx"));
        long[] ids = new long[77];
        ids[5] = id;
        Assert.Contains(
            "out of data bounds",
            Assert.ThrowsAny<Exception>(() => encoder.Run(("input_ids", new TestTensor(ids, [1, 77])))).Message,
            StringComparison.Ordinal
        );
    }
}
