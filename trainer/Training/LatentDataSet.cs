using System.Globalization;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Devices;
using CxrOnnx.Trainer.Models;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>Scaled latents of a whole data set in memory, with their records.</summary>
/// <param name="Latents">
/// float32 [N, Cz, h, w] on the CPU, already multiplied by the latent scale; owned by this object.
/// </param>
/// <param name="Records">N records.</param>
public sealed record LatentDataSet(Tensor Latents, IReadOnlyList<TrainingRecord> Records) : IDisposable
{
    // Small, so that the activations at full image size stay in the processor's cache; a GPU has room for more, and wants few launches.
    private const int EncodingBatch = 8;
    private const int MostOnGpu = 64;
    private const long PixelsOnGpu = 64L * 256 * 256;

    /// <summary>Encodes every image once (posterior mean times scale, as at inference).</summary>
    /// <param name="vae">Trained autoencoder.</param>
    /// <param name="images">
    /// Gives the images at positions: float32 [positions, 1, size, size] in [0,1] on the CPU, owned by this method.
    /// </param>
    /// <param name="records">One record per image.</param>
    /// <param name="latentScale">Latent scale of the model configuration.</param>
    /// <param name="progress">Told the number of images done.</param>
    /// <param name="cancellationToken">Stops between batches; nothing is kept then.</param>
    public static LatentDataSet Encode(
        AutoencoderKL vae,
        Func<IReadOnlyList<int>, Tensor> images,
        IReadOnlyList<TrainingRecord> records,
        double latentScale,
        Action<int>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        using IDisposable noGrad = no_grad();
        Device device = DeviceTransfer.DeviceOf(vae);
        Tensor? latents = null;
        int size = EncodingBatch;
        if (device.type == DeviceType.CUDA && records.Count > 0)
        {
            using Tensor first = images([0]);
            size = (int)Math.Clamp(PixelsOnGpu / (first.shape[2] * first.shape[3]), 1, MostOnGpu);
        }

        foreach (int[] batch in Enumerable.Range(0, records.Count).Chunk(size))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor mean = vae.Encode(images(batch).MoveTo(device)).Mean.MultiplyInPlace(latentScale);
            latents ??= empty([records.Count, .. mean.shape.Skip(1)]).DetachFromDisposeScope();
            latents.narrow(0, batch[0], batch.Length).copy_(mean);
            progress?.Invoke(batch[^1] + 1);
        }

        return new LatentDataSet(latents ?? throw new CxrOnnx.Core.InputException("there are no images to encode"), records);
    }

    /// <summary>The latents of a cache of images, kept on disk: a second call with the same autoencoder and images only reads.</summary>
    /// <param name="path">Safetensors file of the latents.</param>
    /// <param name="vaeSha256">Checksum of the autoencoder's checkpoint.</param>
    /// <param name="vae">Trained autoencoder.</param>
    /// <param name="images">Images; owned by the caller.</param>
    /// <param name="latentScale">Latent scale of the model configuration.</param>
    /// <param name="progress">Told the number of images done.</param>
    public static LatentDataSet OpenOrEncode(
        string path,
        string vaeSha256,
        AutoencoderKL vae,
        RadiographCache images,
        double latentScale,
        Action<int>? progress = null
    ) =>
        OpenOrEncode(
            path,
            images.Fingerprint,
            vaeSha256,
            vae,
            positions => images.Images(positions),
            images.Records,
            latentScale,
            progress
        );

    /// <summary>Like <see cref="Encode"/>, but kept on disk: a second call with the same autoencoder and images only reads.</summary>
    /// <param name="path">Safetensors file of the latents.</param>
    /// <param name="imagesFingerprint">Identifies the images.</param>
    /// <param name="vaeSha256">Checksum of the autoencoder's checkpoint.</param>
    /// <param name="vae">Trained autoencoder.</param>
    /// <param name="images">Gives the images at positions; see <see cref="Encode"/>.</param>
    /// <param name="records">One record per image.</param>
    /// <param name="latentScale">Latent scale of the model configuration.</param>
    /// <param name="progress">Told the number of images done.</param>
    /// <param name="cancellationToken">Stops between batches; nothing is kept then.</param>
    public static LatentDataSet OpenOrEncode(
        string path,
        string imagesFingerprint,
        string vaeSha256,
        AutoencoderKL vae,
        Func<IReadOnlyList<int>, Tensor> images,
        IReadOnlyList<TrainingRecord> records,
        double latentScale,
        Action<int>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        string fingerprint = string.Create(CultureInfo.InvariantCulture, $"{imagesFingerprint} vae {vaeSha256} scale {latentScale}");
        if (File.Exists(path))
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            if (file.Metadata.GetValueOrDefault("fingerprint") == fingerprint)
            {
                return new LatentDataSet(tensor(file.ReadFloat32("latents"), [.. file.Tensors["latents"].Shape]), records);
            }
        }

        LatentDataSet encoded = Encode(vae, images, records, latentScale, progress, cancellationToken);
        SafetensorsWriter.Write(
            path,
            [StateDictLoader.Payload("latents", encoded.Latents)],
            new Dictionary<string, string> { ["fingerprint"] = fingerprint }
        );
        return encoded;
    }

    /// <summary>Latents at positions.</summary>
    /// <returns>float32 [positions, Cz, h, w] on the CPU; owned by the caller.</returns>
    public Tensor Batch(IReadOnlyList<int> positions)
    {
        using Tensor index = tensor(positions.Select(position => (long)position).ToArray(), dtype: ScalarType.Int64);
        return Latents.index_select(0, index);
    }

    /// <summary>The first images as a data set of their own.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <returns>A copy, owned by the caller.</returns>
    public LatentDataSet First(int count) => new(Latents.narrow(0, 0, Math.Min(count, Records.Count)).clone(), [.. Records.Take(count)]);

    /// <inheritdoc/>
    public void Dispose() => Latents.Dispose();
}
