using System.Runtime.InteropServices;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>
/// Noised images and prompts in the memory of the provider. Shifts, keys and values are computed once. Batches that hold the same noised
/// images in the same order, as those of one phrase after the other do, share one binding: the images go up with the first of them, and
/// with the others only the prompts' numbers do. Used on the thread of its <see cref="ConditionedUNet"/>.
/// </summary>
internal sealed class DeviceNoise : IDisposable
{
    // Those of a probe return after a few batches; pairs without a rhythm must not fill the memory.
    private const int MostRows = 16;

    private readonly ConditionedUNet _unet;
    private readonly int _channels;
    private readonly GridSize _grid;
    private readonly int[] _timesteps;
    private readonly OrtValue _table;
    private readonly PromptValues _keys;
    private readonly List<Row> _rows = [];

    /// <summary>Computes what all batches share.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <param name="timesteps">All time steps that will be asked for, each once.</param>
    /// <param name="states">Hidden states of all prompts, float32 [K, S, W].</param>
    /// <param name="prompts">K.</param>
    /// <param name="tokens">S.</param>
    /// <param name="channels">Cz.</param>
    /// <param name="grid">h and w.</param>
    public DeviceNoise(ConditionedUNet unet, int[] timesteps, float[] states, int prompts, int tokens, int channels, GridSize grid)
    {
        _unet = unet;
        _timesteps = timesteps;
        _channels = channels;
        _grid = grid;
        _table = unet.Table([.. timesteps.Select(timestep => (long)timestep)]);
        _keys = unet.Keys(states, prompts, tokens);
    }

    /// <summary>Evaluates a batch.</summary>
    /// <param name="samples">Noised image of each pair.</param>
    /// <param name="prompts">Number of each pair's prompt.</param>
    /// <returns>The U-Net's output, float32 [B, Cz, h, w].</returns>
    public float[] Predict(NoisySample[] samples, long[] prompts)
    {
        Row row = RowOf(samples);
        _unet.Memory.Write(row.Prompts, MemoryMarshal.AsBytes<long>(prompts));
        row.Call.Run();
        float[] output = new float[samples.Length * _channels * _grid.CellCount];
        _unet.Memory.Read(row.Output, MemoryMarshal.AsBytes(output.AsSpan()));
        return output;
    }

    public void Dispose()
    {
        Forget();
        _keys.Dispose();
        _table.Dispose();
    }

    private Row RowOf(NoisySample[] samples)
    {
        Row? row = _rows.Find(known => known.Holds(samples));
        if (row is null)
        {
            if (_rows.Count == MostRows)
            {
                Forget();
            }

            _rows.Add(row = Bind(samples));
        }

        return row;
    }

    private Row Bind(NoisySample[] samples)
    {
        SessionMemory memory = _unet.Memory;
        long[] shape = [samples.Length, _channels, _grid.Rows, _grid.Columns];
        float[] noisy = [.. samples.SelectMany(sample => sample.Noisy)];
        long[] steps = [.. samples.Select(sample => (long)Array.IndexOf(_timesteps, sample.Timestep))];
        Row row = new(
            samples,
            memory.Upload(noisy, shape),
            memory.Upload(steps, steps.Length),
            memory.Allocate("int64", samples.Length),
            memory.Allocate("float32", shape),
            new BoundGraph(_unet.Session(BundleLayout.Denoiser))
        );
        row.Call.Input("sample", row.Noisy);
        row.Call.Input("step", row.Steps);
        row.Call.Input("prompt", row.Prompts);
        row.Call.Input("shifts", _table);
        _keys.Bind(row.Call);
        row.Call.Output("out_sample", row.Output);
        return row;
    }

    private void Forget()
    {
        _rows.ForEach(row => row.Dispose());
        _rows.Clear();
    }

    /// <summary>The binding of some noised images.</summary>
    private sealed record Row(NoisySample[] Samples, OrtValue Noisy, OrtValue Steps, OrtValue Prompts, OrtValue Output, BoundGraph Call)
        : IDisposable
    {
        public bool Holds(NoisySample[] samples) => Samples.SequenceEqual(samples);

        public void Dispose()
        {
            Call.Dispose();
            foreach (OrtValue value in (OrtValue[])[Noisy, Steps, Prompts, Output])
            {
                value.Dispose();
            }
        }
    }
}
