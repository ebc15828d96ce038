using CxrOnnx.Checkpoints;
using CxrOnnx.Core.Artifacts;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Models;

/// <summary>Carries weights between files and TorchSharp modules. Names are the modules' state-dict keys.</summary>
public static class StateDictLoader
{
    /// <summary>Copies every tensor of the file into the module, converted to the module's types and devices.</summary>
    /// <param name="module">Receives the weights. Unchanged if the file does not fit.</param>
    /// <param name="file">
    /// A checkpoint with exactly the module's names and shapes after <see cref="StateDict.Normalize"/>, which is applied here. Stays open.
    /// </param>
    /// <exception cref="ArtifactException">
    /// Tensors are missing, superfluous or of another shape (all are named), or the file is damaged.
    /// </exception>
    public static void Load(nn.Module module, ITensorFile file)
    {
        Dictionary<string, Tensor> state = module.state_dict();
        ITensorFile normalized = StateDict.Normalize(file);
        StateDict.Check(normalized, state.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<long>)entry.Value.shape));
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor target) in state)
        {
            using DisposeScope scope = NewDisposeScope();
            target.copy_(tensor(normalized.ReadFloat32(name), target.shape));
        }
    }

    /// <summary>Writes the module's weights as safetensors: one tensor in memory at a time, temporary sibling, then rename.</summary>
    /// <param name="module">Read only.</param>
    /// <param name="path">The file; overwritten.</param>
    /// <param name="metadata">Strings to store with the tensors.</param>
    public static void Save(nn.Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, [.. module.state_dict().Select(entry => Payload(entry.Key, entry.Value))], metadata);

    /// <summary>A tensor as something that can be written to a safetensors file; read when the file is written.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="tensor">Any device, any of the types that the format knows.</param>
    /// <exception cref="ArtifactException">The element type has no name in the format.</exception>
    public static TensorPayload Payload(string name, Tensor tensor) =>
        TensorPayload.Stream(
            new TensorInfo(name, DataTypeOf(name, tensor.dtype), tensor.shape),
            stream =>
            {
                using DisposeScope scope = NewDisposeScope();
                stream.Write(tensor.detach().cpu().contiguous().bytes);
            }
        );

    /// <summary>One tensor of a file as a new CPU tensor: float32, or int64 where the file holds integers.</summary>
    /// <exception cref="ArtifactException">There is no such tensor or the file is damaged.</exception>
    public static Tensor Read(ITensorFile file, string name)
    {
        TensorInfo info = file.InfoOf(name);
        long[] shape = [.. info.Shape];
        return info.DataType is TensorDataType.I64 or TensorDataType.I32 or TensorDataType.I16 or TensorDataType.I8 or TensorDataType.U8
            ? tensor(file.ReadInt64(name), shape)
            : tensor(file.ReadFloat32(name), shape);
    }

    private static TensorDataType DataTypeOf(string name, ScalarType type) =>
        type switch
        {
            ScalarType.Bool => TensorDataType.BOOL,
            ScalarType.Byte => TensorDataType.U8,
            ScalarType.Int8 => TensorDataType.I8,
            ScalarType.Int16 => TensorDataType.I16,
            ScalarType.Int32 => TensorDataType.I32,
            ScalarType.Int64 => TensorDataType.I64,
            ScalarType.Float16 => TensorDataType.F16,
            ScalarType.BFloat16 => TensorDataType.BF16,
            ScalarType.Float32 => TensorDataType.F32,
            ScalarType.Float64 => TensorDataType.F64,
            _ => throw new ArtifactException($"tensor {name} has element type {type}, which safetensors files cannot hold"),
        };
}
