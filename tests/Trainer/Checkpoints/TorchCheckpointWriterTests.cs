using System.Runtime.InteropServices;
using CxrOnnx.Checkpoints;
using CxrOnnx.Checkpoints.Torch;
using CxrOnnx.Core.Artifacts;
using Xunit;

namespace CxrOnnx.Trainer.Tests.Checkpoints;

[Trait("Category", "quick")]
public sealed class TorchCheckpointWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cxronnx-pth-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_SeveralTypesAndShapes_ReadsBackBitEqual()
    {
        TensorPayload[] tensors =
        [
            TensorPayload.Float32("conv.weight", [2, 3, 1, 5], Enumerable.Range(0, 30).Select(i => i * 0.5f).ToArray()),
            TensorPayload.Float32("scalar", [], new[] { -0f }),
            TensorPayload.Float32("empty", [0, 4], Array.Empty<float>()),
            TensorPayload.Bytes(
                new TensorInfo("ids", TensorDataType.I64, [3]),
                MemoryMarshal.AsBytes<long>([1, -2, long.MaxValue]).ToArray()
            ),
            TensorPayload.Bytes(new TensorInfo("half.ä", TensorDataType.F16, [2, 1]), new byte[] { 1, 2, 3, 4 }),
        ];
        string path = Path.Combine(_folder, "model.pth");

        TorchCheckpointWriter.Write(path, tensors);

        using ITensorFile file = CheckpointFile.Open(path);
        Assert.Equal(tensors.Select(tensor => tensor.Info.Name), file.Tensors.Keys);
        foreach (TensorPayload tensor in tensors)
        {
            TensorInfo info = file.Tensors[tensor.Info.Name];
            Assert.Equal(tensor.Info.DataType, info.DataType);
            Assert.Equal(tensor.Info.Shape, info.Shape);
            using MemoryStream want = new();
            tensor.WriteTo(want);
            byte[] got = new byte[info.ByteCount];
            file.Read(info.Name, got);
            Assert.Equal(want.ToArray(), got);
        }
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        string first = Path.Combine(_folder, "model.pth"),
            second = Path.Combine(_folder, "again", "model.pth");
        Directory.CreateDirectory(Path.GetDirectoryName(second)!);
        TensorPayload[] tensors = [TensorPayload.Float32("w", [2, 2], new float[] { 1, 2, 3, 4 })];

        TorchCheckpointWriter.Write(first, tensors);
        TorchCheckpointWriter.Write(second, tensors);

        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }
}
