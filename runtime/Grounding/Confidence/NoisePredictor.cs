using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>The whole U-Net on noised images under any prompts, in batches. Thread-safe.</summary>
/// <param name="model">The model; not taken over.</param>
/// <param name="batch">Evaluations per call, at least 1.</param>
public sealed class NoisePredictor(GroundingModel model, int batch)
{
    // On a GPU a batch of another size costs more than these evaluations do: cuDNN then looks for all convolutions anew.
    private const int SmallBatch = 16;

    /// <summary>What <see cref="Predict"/> finds.</summary>
    /// <param name="item">Position of the pair.</param>
    /// <param name="output">The U-Net's output, in the model's own prediction type, float32 [Cz, h, w]; valid during the call only.</param>
    public delegate void Receiver(int item, ReadOnlySpan<float> output);

    /// <summary>Evaluates pairs of a noised image and a prompt.</summary>
    /// <param name="items">The pairs; images float32 [Cz, h, w], contexts float32 [S, W].</param>
    /// <param name="channels">Cz.</param>
    /// <param name="grid">h and w.</param>
    /// <param name="receive">Gets every output, in order.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <exception cref="Core.Artifacts.ArtifactException">
    /// The U-Net's output is not a number, or ONNX Runtime refuses the inputs.
    /// </exception>
    public void Predict(
        IReadOnlyList<(NoisySample Sample, ReadOnlyMemory<float> Context)> items,
        int channels,
        GridSize grid,
        Receiver receive,
        CancellationToken cancellationToken
    )
    {
        if (model.Conditioned is { } unet)
        {
            PredictOnDevice(unet, items, channels, grid, receive, cancellationToken);
            return;
        }

        int size = channels * grid.CellCount;
        int context = model.Configuration.TextEncoder.MaxPositionEmbeddings;
        int width = model.Configuration.UNet.CrossAttentionDim;
        int done = 0;
        foreach ((NoisySample Sample, ReadOnlyMemory<float> Context)[] chunk in items.Chunk(batch))
        {
            float[] sample = new float[chunk.Length * size];
            float[] states = new float[chunk.Length * context * width];
            for (int i = 0; i < chunk.Length; i++)
            {
                chunk[i].Sample.Noisy.CopyTo(sample, i * size);
                chunk[i].Context.Span.CopyTo(states.AsSpan(i * context * width));
            }

            GraphTensor output = GraphTensor.Float32(
                "out_sample",
                new float[sample.Length],
                chunk.Length,
                channels,
                grid.Rows,
                grid.Columns
            );
            model.Predict(
                [
                    GraphTensor.Float32("sample", sample, chunk.Length, channels, grid.Rows, grid.Columns),
                    GraphTensor.Int64("timestep", [.. chunk.Select(item => (long)item.Sample.Timestep)], chunk.Length),
                    GraphTensor.Float32("encoder_hidden_states", states, chunk.Length, context, width),
                ],
                output,
                cancellationToken
            );
            FiniteValues.Check(output.Floats, "the U-Net's output on a noised image", BundleLayout.Denoiser);
            for (int i = 0; i < chunk.Length; i++)
            {
                receive(done + i, output.Floats.AsSpan(i * size, size));
            }

            done += chunk.Length;
        }
    }

    /// <summary>
    /// The same with a further graph set, in the memory of the provider: see <see cref="DeviceNoise"/>. All batches have the same size, the
    /// last is filled up with its own last pair.
    /// </summary>
    private void PredictOnDevice(
        ConditionedUNet unet,
        IReadOnlyList<(NoisySample Sample, ReadOnlyMemory<float> Context)> items,
        int channels,
        GridSize grid,
        Receiver receive,
        CancellationToken cancellationToken
    )
    {
        int size = channels * grid.CellCount;
        int tokens = model.Configuration.TextEncoder.MaxPositionEmbeddings;
        ReadOnlyMemory<float>[] contexts = [.. items.Select(item => item.Context).Distinct()];
        int[] timesteps = [.. items.Select(item => item.Sample.Timestep).Distinct()];
        float[] states = new float[contexts.Sum(context => context.Length)];
        for (int i = 0; i < contexts.Length; i++)
        {
            contexts[i].Span.CopyTo(states.AsSpan(i * contexts[0].Length));
        }

        DeviceNoise noise = unet.Run(() => new DeviceNoise(unet, timesteps, states, contexts.Length, tokens, channels, grid));
        try
        {
            int done = 0;
            int rows = items.Count > batch ? batch : Math.Min(batch, SmallBatch);
            foreach ((NoisySample Sample, ReadOnlyMemory<float> Context)[] chunk in items.Chunk(rows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                (NoisySample Sample, ReadOnlyMemory<float> Context)[] full =
                [
                    .. chunk,
                    .. Enumerable.Repeat(chunk[^1], rows - chunk.Length),
                ];
                NoisySample[] samples = [.. full.Select(item => item.Sample)];
                long[] prompts = [.. full.Select(item => (long)Array.IndexOf(contexts, item.Context))];
                float[] output = unet.Run(() => noise.Predict(samples, prompts));
                model.CountNoise(chunk.Length);
                FiniteValues.Check(output, "the U-Net's output on a noised image", BundleLayout.Denoiser);
                for (int i = 0; i < chunk.Length; i++)
                {
                    receive(done + i, output.AsSpan(i * size, size));
                }

                done += chunk.Length;
            }
        }
        finally
        {
            unet.Run(() =>
            {
                noise.Dispose();
                return true;
            });
        }
    }
}
