using System.Runtime.InteropServices;
using CxrOnnx.Checkpoints.StateDicts;
using CxrOnnx.Checkpoints.Torch;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Configuration;

namespace CxrOnnx.Trainer.Checkpoints;

/// <summary>
/// Random checkpoints of a configuration under the names and in the formats of the published ones: <c>autoencoder.pth</c>,
/// <c>diffusion_model.pth</c>, <c>text_encoder/model.safetensors</c>. They exercise export and runtime at full size; their heatmaps mean
/// nothing.
/// </summary>
/// <remarks>
/// Weights of linear and convolution layers are uniform in +-sqrt(3 / fan-in), so that activations keep their variance; normalisation
/// weights are 1, biases are 0. Each tensor has a generator of its own, seeded by the seed and the tensor's name: the values do not depend
/// on the order of writing. One tensor is in memory at a time.
/// </remarks>
public static class RandomCheckpoints
{
    /// <summary>Writes the three checkpoints below <paramref name="folder"/>.</summary>
    /// <param name="configuration">The model.</param>
    /// <param name="seed">Seed of all values.</param>
    /// <param name="folder">Created if absent.</param>
    /// <returns>The files written, with their parameter counts.</returns>
    public static IReadOnlyList<(string Path, long Parameters)> Write(ModelConfiguration configuration, int seed, string folder)
    {
        string vae = Path.Combine(folder, "autoencoder.pth");
        string unet = Path.Combine(folder, "diffusion_model.pth");
        string text = Path.Combine(folder, "text_encoder", "model.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(text)!);

        List<TensorPayload> vaeTensors = Payloads(VaeStateDict.Shapes(configuration.Vae), seed);
        List<TensorPayload> unetTensors = Payloads(UNetStateDict.Shapes(configuration.UNet), seed);
        List<TensorPayload> textTensors = Payloads(TextEncoderStateDict.Shapes(configuration.TextEncoder), seed);
        TorchCheckpointWriter.Write(vae, vaeTensors);
        TorchCheckpointWriter.Write(unet, unetTensors);
        SafetensorsWriter.Write(text, textTensors, new Dictionary<string, string> { ["format"] = "pt" });
        return [(vae, Count(vaeTensors)), (unet, Count(unetTensors)), (text, Count(textTensors))];
    }

    private static long Count(List<TensorPayload> tensors) => tensors.Sum(tensor => tensor.Info.ElementCount);

    private static List<TensorPayload> Payloads(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, int seed) =>
        shapes.Select(entry => Payload(new TensorInfo(entry.Key, TensorDataType.F32, entry.Value), seed)).ToList();

    private static TensorPayload Payload(TensorInfo info, int seed) =>
        TensorPayload.Stream(
            info,
            stream =>
            {
                float[] values = Values(info, seed);
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            }
        );

    private static float[] Values(TensorInfo info, int seed)
    {
        float[] values = new float[info.ElementCount];
        if (info.Shape.Count == 1)
        {
            // One-dimensional tensors are biases and normalisation weights.
            Array.Fill(values, info.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1f : 0f);
            return values;
        }

        double bound = info.Name.Contains("embedding", StringComparison.Ordinal)
            ? 0.02 * Math.Sqrt(3) // Hugging Face initialises CLIP's embeddings with standard deviation 0.02.
            : Math.Sqrt(3.0 / info.Shape.Skip(1).Aggregate(1L, (product, size) => product * size));
        Random random = new(StableHash(info.Name, seed));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(((2 * random.NextDouble()) - 1) * bound);
        }

        return values;
    }

    // FNV-1a: string.GetHashCode differs from process to process.
    private static int StableHash(string text, int seed)
    {
        uint hash = 2166136261u ^ (uint)seed;
        foreach (char character in text)
        {
            hash = unchecked((hash ^ character) * 16777619u);
        }

        return unchecked((int)hash);
    }
}
