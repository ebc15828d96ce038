using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>Scaled latents of a whole data set in memory, with their records.</summary>
/// <param name="Latents">float32 [N, Cz, h, w], already multiplied by the latent scale; owned by this object.</param>
/// <param name="Records">N records.</param>
public sealed record LatentDataSet(Tensor Latents, IReadOnlyList<TrainingRecord> Records) : IDisposable
{
    // Small, so that the activations at full image size stay in the processor's cache.
    private const int EncodingBatch = 8;

    /// <summary>Encodes every image of a cache once (posterior mean times scale, as at inference).</summary>
    /// <param name="vae">Trained autoencoder.</param>
    /// <param name="images">Images; owned by the caller.</param>
    /// <param name="latentScale">Latent scale of the model configuration.</param>
    /// <param name="progress">Told the number of images done.</param>
    public static LatentDataSet Encode(AutoencoderKL vae, RadiographCache images, double latentScale, Action<int>? progress = null)
    {
        using IDisposable noGrad = no_grad();
        Tensor? latents = null;
        foreach (int[] batch in Enumerable.Range(0, images.Records.Count).Chunk(EncodingBatch))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor mean = vae.Encode(images.Images(batch)).Mean.mul_(latentScale);
            latents ??= empty([images.Records.Count, .. mean.shape.Skip(1)]).DetachFromDisposeScope();
            latents.narrow(0, batch[0], batch.Length).copy_(mean);
            progress?.Invoke(batch[^1] + 1);
        }

        return new LatentDataSet(latents ?? throw new CxrOnnx.Core.InputException("the image cache is empty"), images.Records);
    }

    /// <summary>Like <see cref="Encode"/>, but kept on disk: a second call with the same autoencoder and images only reads.</summary>
    /// <param name="path">Safetensors file of the latents.</param>
    /// <param name="vaeSha256">Checksum of the autoencoder's checkpoint.</param>
    /// <param name="vae">Trained autoencoder.</param>
    /// <param name="images">Images; owned by the caller.</param>
    /// <param name="latentScale">Latent scale of the model configuration.</param>
    /// <param name="progress">Told the number of images done.</param>
    public static LatentDataSet OpenOrEncode(
        string path, string vaeSha256, AutoencoderKL vae, RadiographCache images, double latentScale, Action<int>? progress = null)
    {
        string fingerprint = string.Create(CultureInfo.InvariantCulture, $"{images.Fingerprint} vae {vaeSha256} scale {latentScale}");
        if (File.Exists(path))
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            if (file.Metadata.GetValueOrDefault("fingerprint") == fingerprint)
            {
                return new LatentDataSet(tensor(file.ReadFloat32("latents"), [.. file.Tensors["latents"].Shape]), images.Records);
            }
        }

        LatentDataSet encoded = Encode(vae, images, latentScale, progress);
        SafetensorsWriter.Write(path, [StateDictLoader.Payload("latents", encoded.Latents)], new Dictionary<string, string> { ["fingerprint"] = fingerprint });
        return encoded;
    }

    /// <summary>Latents at positions.</summary>
    /// <returns>float32 [positions, Cz, h, w]; owned by the caller.</returns>
    public Tensor Batch(IReadOnlyList<int> positions)
    {
        using Tensor index = tensor(positions.Select(position => (long)position).ToArray(), dtype: ScalarType.Int64);
        return Latents.index_select(0, index);
    }

    /// <inheritdoc/>
    public void Dispose() => Latents.Dispose();
}
