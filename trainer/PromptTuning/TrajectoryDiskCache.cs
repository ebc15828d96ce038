using System.Runtime.InteropServices;
using System.Text.Json;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Diffusion;
using CxrOnnx.Trainer.Training;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>
/// The states z_first .. z_(end-1) of the empty-prompt inversion of many images on disk (float32), computed once: they do not depend on the
/// learned rows. <c>trajectories.json</c> is written last and names what they were computed from; an interrupted computation leaves a
/// <c>.part</c> file that the next one continues. Reading is thread-safe.
/// </summary>
public sealed class TrajectoryDiskCache : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly SafeFileHandle _file;
    private readonly Header _header;

    private TrajectoryDiskCache(SafeFileHandle file, Header header)
    {
        _file = file;
        _header = header;
    }

    /// <summary>Number of images.</summary>
    public int Count => _header.Count;

    /// <summary>First stored inversion step (k).</summary>
    public int First => _header.First;

    /// <summary>One past the last stored inversion step.</summary>
    public int End => _header.First + (int)_header.Shape[0];

    /// <summary>What the states were computed from.</summary>
    public string Fingerprint => _header.Fingerprint;

    /// <summary>Computes the cache unless the folder holds the one that is asked for.</summary>
    /// <param name="folder">Folder of the cache; made if absent.</param>
    /// <param name="model">Frozen model.</param>
    /// <param name="data">Images in order.</param>
    /// <param name="steps">Steps of the inference schedule (N).</param>
    /// <param name="first">First state kept, inclusive.</param>
    /// <param name="end">Last state kept, exclusive.</param>
    /// <param name="fingerprint">Identifies model and data, for example checksums of the checkpoints.</param>
    /// <param name="progress">Told the number of images done.</param>
    /// <param name="batchSize">
    /// Images inverted together. A continued computation cuts the batches at the same places, so that it gives the same bits.
    /// </param>
    /// <param name="cancellationToken">Stops between batches; what is done is kept.</param>
    public static TrajectoryDiskCache OpenOrCompute(
        string folder,
        LatentDiffusionModel model,
        LatentDataSet data,
        int steps,
        int first,
        int end,
        string fingerprint,
        Action<int>? progress = null,
        int batchSize = 16,
        CancellationToken cancellationToken = default
    )
    {
        string headerPath = Path.Combine(folder, "trajectories.json");
        string dataPath = Path.Combine(folder, "trajectories.f32");
        long[] shape = [end - first, .. data.Latents.shape.Skip(1)];
        Header wanted = new(data.Records.Count, first, shape, $"{fingerprint} {steps} steps");
        string text = JsonSerializer.Serialize(wanted, Json);
        if (!File.Exists(headerPath) || File.ReadAllText(headerPath) != text)
        {
            Directory.CreateDirectory(folder);
            File.Delete(headerPath);
            string part = dataPath + ".part",
                partHeader = headerPath + ".part";
            if (!File.Exists(partHeader) || File.ReadAllText(partHeader) != text)
            {
                File.Delete(part);
                AtomicFile.WriteText(partHeader, text);
            }

            Compute(part, model, data, steps, first, end, progress, batchSize, cancellationToken);
            File.Move(part, dataPath, overwrite: true);
            AtomicFile.WriteText(headerPath, text);
            File.Delete(partHeader);
        }

        return new TrajectoryDiskCache(File.OpenHandle(dataPath), wanted);
    }

    private static void Compute(
        string path,
        LatentDiffusionModel model,
        LatentDataSet data,
        int steps,
        int first,
        int end,
        Action<int>? progress,
        int batchSize,
        CancellationToken cancellationToken
    )
    {
        using FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.Write);
        long batchBytes =
            batchSize
            * (end - first)
            * data.Latents.shape.Skip(1).Aggregate(1L, (product, dimension) => product * dimension)
            * sizeof(float);
        int done = checked((int)(stream.Length / batchBytes)) * batchSize;
        stream.SetLength(done / batchSize * batchBytes);
        stream.Seek(0, SeekOrigin.End);
        foreach (int[] batch in Enumerable.Range(done, Math.Max(0, data.Records.Count - done)).Chunk(batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor states = Trajectory.Invert(model, data.Batch(batch).MoveTo(model.Device), steps, first, end);
            stream.Write(MemoryMarshal.AsBytes<float>(DeviceTransfer.ToArray(states)));
            stream.Flush(flushToDisk: true);
            progress?.Invoke(batch[^1] + 1);
        }
    }

    /// <summary>The states of one image.</summary>
    /// <param name="image">Position in the data set.</param>
    /// <param name="steps">Inversion steps (k) wanted, each in [First, End).</param>
    /// <returns>float32 [steps, Cz, h, w] on the CPU; owned by the caller.</returns>
    public Tensor States(int image, IReadOnlyList<int> steps)
    {
        long values = _header.Shape.Skip(1).Aggregate(1L, (product, dimension) => product * dimension);
        float[] states = new float[steps.Count * values];
        for (int i = 0; i < steps.Count; i++)
        {
            long offset = ((image * _header.Shape[0]) + steps[i] - First) * values * sizeof(float);
            RandomAccess.Read(_file, MemoryMarshal.AsBytes(states.AsSpan((int)(i * values), (int)values)), offset);
        }

        return tensor(states, [steps.Count, .. _header.Shape.Skip(1)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private sealed record Header(int Count, int First, long[] Shape, string Fingerprint);
}
