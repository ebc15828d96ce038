using System.Globalization;
using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Exporter.Graph;
using CxrOnnx.Exporter.Quantization;

namespace CxrOnnx.Exporter;

/// <summary>
/// Writes <c>weights.safetensors</c> as a stream: one tensor at a time is read, checked, rounded to its encoding, laid out as the graphs
/// want it, and written.
/// </summary>
internal sealed class WeightFile
{
    // Pages can be mapped into memory and shared between sessions and processes.
    private const int Alignment = 4096;
    private const int TransposedRowsAtOnce = 32;

    private readonly IReadOnlyDictionary<string, ITensorFile> _parts;
    private readonly string _wayOut;
    private float[] _values = [];
    private byte[] _rows = [];

    /// <summary>Creates the writer.</summary>
    /// <param name="parts">The state dict of each model part (<c>unet</c>, <c>vae</c>, <c>text</c>).</param>
    /// <param name="wayOut">How to export where a weight is beyond float16.</param>
    public WeightFile(IReadOnlyDictionary<string, ITensorFile> parts, string wayOut = "with `precision` fp32")
    {
        _parts = parts;
        _wayOut = wayOut;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="path">Final path.</param>
    /// <param name="weights">Tensors in file order.</param>
    /// <returns>Absolute offset of each tensor.</returns>
    /// <exception cref="ArtifactException">A checkpoint is damaged, or a weight is NaN or infinite.</exception>
    public IReadOnlyDictionary<string, long> Write(string path, IReadOnlyList<StoredWeight> weights)
    {
        // One buffer for all tensors: the memory an export needs is that of the largest tensor, whatever the garbage collector does.
        _values = new float[weights.Max(weight => _parts[weight.Part].Tensors[weight.Key].ElementCount)];
        TensorPayload[] payloads = [.. weights.Select(weight => TensorPayload.Stream(weight.Info, stream => Write(stream, weight)))];
        return SafetensorsWriter.Write(path, payloads, metadata: null, Alignment);
    }

    private void Write(Stream stream, StoredWeight weight)
    {
        ReadOnlySpan<float> values = Read(weight.Part, weight.Key);
        switch (weight.Encoding)
        {
            case WeightEncoding.Float32:
                Write(stream, MemoryMarshal.AsBytes(values), weight);
                break;
            case WeightEncoding.Float16:
                Write(stream, MemoryMarshal.AsBytes<Half>(Halves(values, weight)), weight);
                break;
            default:
                Write(stream, Integers(values, weight, weight.Layer!), weight);
                break;
        }
    }

    /// <summary>A tensor's values; overwritten by the next call.</summary>
    private ReadOnlySpan<float> Read(string part, string key)
    {
        ITensorFile file = _parts[part];
        Span<float> values = _values.AsSpan(0, (int)file.Tensors[key].ElementCount);
        file.ReadFloat32(key, values);
        RefuseNonFinite(file.Source, key, values);
        return values;
    }

    private Half[] Halves(ReadOnlySpan<float> values, StoredWeight weight)
    {
        Half[] halves = new Half[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (Half.IsFinite(halves[i]))
            {
                continue;
            }

            throw new ArtifactException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_parts[weight.Part].Source}: '{weight.Key}' is {values[i]} at element {i}, beyond float16 (65504); export "
                        + $"{_wayOut}"
                )
            );
        }

        return halves;
    }

    /// <summary>The bytes of an integer encoding or its scales. Rows are the state dict's first dimension: output channels.</summary>
    private byte[] Integers(ReadOnlySpan<float> values, StoredWeight weight, QuantizedLayer layer)
    {
        int rows = (int)_parts[weight.Part].Tensors[layer.WeightKey].Shape[0];
        float[] bias = layer.BiasKey is { } key ? Read(weight.Part, key).ToArray() : [];
        float[] scales = new float[rows];
        RowQuantizer.Scales(Read(weight.Part, layer.WeightKey), bias, layer.InputScale, scales);
        float[] units = [.. scales.Select(scale => scale * layer.InputScale)];
        switch (weight.Encoding)
        {
            case WeightEncoding.Int8Scale:
                return [.. MemoryMarshal.AsBytes<float>(scales)];
            case WeightEncoding.Int32Scale:
                return [.. MemoryMarshal.AsBytes<float>(units)];
            case WeightEncoding.Int32:
                int[] biases = [.. bias.Select((value, row) => RowQuantizer.Bias(value, units[row]))];
                return [.. MemoryMarshal.AsBytes<int>(biases)];
            default:
                int columns = values.Length / rows;
                byte[] bytes = new byte[values.Length];
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = (byte)RowQuantizer.Weight(_values[i], scales[i / columns]);
                }

                return bytes;
        }
    }

    private void Write(Stream stream, ReadOnlySpan<byte> bytes, StoredWeight weight)
    {
        if (weight.Layout == WeightLayout.Transposed)
        {
            WriteTransposed(stream, bytes, weight.Info.ElementSize, rows: (int)weight.Shape[1], columns: (int)weight.Shape[0]);
        }
        else if (weight.Layout == WeightLayout.ChannelsLast)
        {
            WriteChannelsLast(stream, bytes, weight.Info.ElementSize, weight.Shape);
        }
        else
        {
            stream.Write(bytes);
        }
    }

    /// <summary>[M, C, cells of the kernel] -> [M, cells, C], one output channel at a time.</summary>
    private static void WriteChannelsLast(Stream stream, ReadOnlySpan<byte> kernels, int size, IReadOnlyList<long> shape)
    {
        int cells = (int)(shape[1] * shape[2]);
        int channels = (int)shape[3];
        byte[] rearranged = new byte[cells * channels * size];
        for (int offset = 0; offset < kernels.Length; offset += rearranged.Length)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                for (int cell = 0; cell < cells; cell++)
                {
                    kernels
                        .Slice(offset + (((channel * cells) + cell) * size), size)
                        .CopyTo(rearranged.AsSpan(((cell * channels) + channel) * size));
                }
            }

            stream.Write(rearranged);
        }
    }

    private void WriteTransposed(Stream stream, ReadOnlySpan<byte> matrix, int size, int rows, int columns)
    {
        if (_rows.Length < TransposedRowsAtOnce * rows * size)
        {
            _rows = new byte[TransposedRowsAtOnce * rows * size];
        }

        for (int first = 0; first < columns; first += TransposedRowsAtOnce)
        {
            int count = Math.Min(TransposedRowsAtOnce, columns - first);
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<byte> source = matrix.Slice((row * columns + first) * size, count * size);
                for (int column = 0; column < count; column++)
                {
                    source.Slice(column * size, size).CopyTo(_rows.AsSpan((column * rows + row) * size));
                }
            }

            stream.Write(_rows.AsSpan(0, count * rows * size));
        }
    }

    private static void RefuseNonFinite(string source, string key, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsFinite(values[i]))
            {
                continue;
            }

            throw new ArtifactException(
                FormattableString.Invariant(
                    $"{source}: '{key}' is {values[i]} at element {i}: the checkpoint is damaged or its training diverged; take another one"
                )
            );
        }
    }
}
