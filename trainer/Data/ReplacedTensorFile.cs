using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Data;

/// <summary>A tensor file with one float32 tensor exchanged. Does not own the file behind it.</summary>
internal sealed class ReplacedTensorFile(ITensorFile inner, string name, Tensor replacement) : ITensorFile
{
    private readonly byte[] _bytes = MemoryMarshal.AsBytes<float>(replacement.data<float>().ToArray()).ToArray();

    public string Source => inner.Source;

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } =
        inner.Tensors.ToDictionary(
            entry => entry.Key,
            entry => entry.Key == name ? new TensorInfo(name, TensorDataType.F32, replacement.shape) : entry.Value
        );

    public IReadOnlyDictionary<string, string> Metadata => inner.Metadata;

    public void Read(string tensor, Span<byte> destination)
    {
        if (tensor == name)
        {
            _bytes.CopyTo(destination);
        }
        else
        {
            inner.Read(tensor, destination);
        }
    }

    public void Dispose() { }
}
