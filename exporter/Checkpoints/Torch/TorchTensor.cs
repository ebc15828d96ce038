using CxrOnnx.Core.Artifacts;

namespace CxrOnnx.Checkpoints.Torch;

/// <summary>A storage that a checkpoint's pickle refers to.</summary>
/// <param name="Key">Name of the storage in the file.</param>
/// <param name="DataType">Element type; null for untyped bytes.</param>
/// <param name="ElementCount">Elements (bytes if untyped).</param>
internal sealed record TorchStorage(string Key, TensorDataType? DataType, long ElementCount)
{
    /// <summary>Bytes of one element.</summary>
    public int ElementSize => DataType is { } type ? new TensorInfo("", type, []).ElementSize : 1;

    /// <summary>Bytes of the whole storage.</summary>
    public long ByteCount => checked(ElementCount * ElementSize);
}

/// <summary>
/// A part of a storage. Offset and strides count elements of <paramref name="DataType"/>. Where <paramref name="IsNegated"/>, the values
/// are the stored ones with the other sign (PyTorch's lazy negation).
/// </summary>
internal sealed record TorchTensor(
    TorchStorage Storage,
    TensorDataType DataType,
    long Offset,
    IReadOnlyList<long> Shape,
    IReadOnlyList<long> Strides,
    bool IsNegated = false
)
{
    /// <summary>Whether the elements lie one behind the other in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Shape.Count - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                {
                    return false;
                }

                expected *= Shape[axis];
            }

            return true;
        }
    }

    /// <summary>Index of the last element in the storage; only for tensors that are not empty.</summary>
    public long LastIndex
    {
        get
        {
            long index = Offset;
            for (int axis = 0; axis < Shape.Count; axis++)
            {
                index = checked(index + ((Shape[axis] - 1) * Strides[axis]));
            }

            return index;
        }
    }
}
