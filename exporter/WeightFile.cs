using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Exporter.Graph;

namespace CxrOnnx.Exporter;

/// <summary>Writes <c>weights.bin</c> as a stream: one tensor at a time is read, checked, laid out as the graphs want it, and written.</summary>
internal sealed class WeightFile
{
    // Pages can be mapped into memory and shared between sessions and processes.
    private const int Alignment = 4096;
    private const int TransposedRowsAtOnce = 32;

    private readonly IReadOnlyDictionary<string, ITensorFile> _parts;
    private float[] _values = [];
    private float[] _rows = [];

    /// <summary>Creates the writer.</summary>
    /// <param name="parts">The state dict of each model part (<c>unet</c>, <c>vae</c>, <c>text</c>).</param>
    public WeightFile(IReadOnlyDictionary<string, ITensorFile> parts) => _parts = parts;

    /// <summary>Writes the file.</summary>
    /// <param name="path">Final path.</param>
    /// <param name="weights">Tensors in file order.</param>
    /// <returns>Absolute offset of each tensor.</returns>
    /// <exception cref="ArtifactException">A checkpoint is damaged, or a weight is NaN or infinite.</exception>
    public IReadOnlyDictionary<string, long> Write(string path, IReadOnlyList<StoredWeight> weights)
    {
        // One buffer for all tensors: the memory an export needs is that of the largest tensor, whatever the garbage collector does.
        _values = new float[weights.Max(weight => weight.ByteCount / sizeof(float))];
        TensorPayload[] payloads =
        [
            .. weights.Select(weight => TensorPayload.Stream(
                new TensorInfo(weight.Name, TensorDataType.F32, weight.Shape),
                stream => Write(stream, weight))),
        ];
        return SafetensorsWriter.Write(path, payloads, metadata: null, Alignment);
    }

    private void Write(Stream stream, StoredWeight weight)
    {
        ITensorFile file = _parts[weight.Part];
        Span<float> values = _values.AsSpan(0, (int)(weight.ByteCount / sizeof(float)));
        file.ReadFloat32(weight.Key, values);
        RefuseNonFinite(file.Source, weight.Key, values);
        if (weight.Layout == WeightLayout.Transposed) WriteTransposed(stream, values, rows: (int)weight.Shape[1], columns: (int)weight.Shape[0]);
        else stream.Write(MemoryMarshal.AsBytes(values));
    }

    private void WriteTransposed(Stream stream, ReadOnlySpan<float> matrix, int rows, int columns)
    {
        if (_rows.Length < TransposedRowsAtOnce * rows) _rows = new float[TransposedRowsAtOnce * rows];
        for (int first = 0; first < columns; first += TransposedRowsAtOnce)
        {
            int count = Math.Min(TransposedRowsAtOnce, columns - first);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> source = matrix.Slice(row * columns + first, count);
                for (int column = 0; column < count; column++) _rows[column * rows + row] = source[column];
            }

            stream.Write(MemoryMarshal.AsBytes(_rows.AsSpan(0, count * rows)));
        }
    }

    private static void RefuseNonFinite(string source, string key, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i])) continue;
            throw new ArtifactException(FormattableString.Invariant(
                $"{source}: '{key}' is {values[i]} at element {i}: the checkpoint is damaged or its training diverged; take another one"));
        }
    }
}
