using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Phantom;
using CxrOnnx.Trainer.Data;
using CxrOnnx.Trainer.Models.Vae;
using CxrOnnx.Trainer.Pretraining;
using CxrOnnx.Trainer.Settings;
using CxrOnnx.Trainer.Training;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>Where tuning data comes from: a tuning set and its images, or the phantom of a pre-training run.</summary>
public static class TuningSources
{
    private const int AtlasImages = 500;

    /// <summary>The first training images of a pre-training run, and its held-out ones.</summary>
    /// <param name="folder">Folder of the run, with its caches of images and latents.</param>
    /// <param name="configuration">The model.</param>
    /// <param name="settings">Settings of the run.</param>
    /// <param name="vae">Autoencoder of the run.</param>
    /// <param name="report">Receives one line per event.</param>
    public static TuningData OfPhantom(
        string folder,
        ModelConfiguration configuration,
        RunSettings settings,
        AutoencoderKL vae,
        Action<string> report
    )
    {
        PretrainingRun pretraining = new(folder, configuration, settings, report);
        using LatentDataSet all = pretraining.Latents("train", vae, configuration, pretraining.OpenTrainingImages());
        LatentDataSet held = pretraining.Latents("validation", vae, configuration, pretraining.OpenValidationImages());
        PhantomSettings phantom = PhantomSettings.Preset(settings.Data.Preset) with { Seed = settings.Data.Seed };
        int images = Math.Min(settings.Data.TuningImages, all.Records.Count);
        return new TuningData(
            all.First(images),
            held,
            PhantomAtlas.Build(phantom, first: 0, AtlasImages),
            string.Create(
                CultureInfo.InvariantCulture,
                $"first {images} images of {phantom.Name}, seed {phantom.Seed}, and {held.Records.Count} from "
                    + $"{settings.Data.ValidationStart}"
            )
        );
    }

    /// <summary>A tuning set and its images.</summary>
    /// <param name="entries">The samples.</param>
    /// <param name="images">Folder that their paths are relative to.</param>
    /// <param name="read">Reads an image and preprocesses it: [0,1], row-major, side as the configuration says.</param>
    /// <param name="cache">Folder that keeps the latents.</param>
    /// <param name="configuration">The model.</param>
    /// <param name="vae">Its autoencoder.</param>
    /// <param name="vaeSha256">Checksum of the autoencoder's checkpoint.</param>
    /// <param name="atlas">Where the locations lie.</param>
    /// <param name="validationSamples">Samples of the validation split that are needed; 0: none of its images are read.</param>
    /// <param name="report">Receives one line per event.</param>
    /// <param name="cancellationToken">Stops between batches of images.</param>
    /// <exception cref="InputException">An image is missing, or no sample is there to learn from.</exception>
    public static TuningData OfFiles(
        IReadOnlyList<TuningSetEntry> entries,
        string images,
        Func<string, float[]> read,
        string cache,
        ModelConfiguration configuration,
        AutoencoderKL vae,
        string vaeSha256,
        LocationAtlas atlas,
        int validationSamples,
        Action<string> report,
        CancellationToken cancellationToken
    )
    {
        TuningSetEntry[] training = [.. entries.Where(entry => entry.Split == TuningSetFile.Train)];
        TuningSetEntry[] validation = [.. entries.Where(entry => entry.Split == TuningSetFile.Validate).Take(validationSamples)];
        if (training.Length == 0)
        {
            throw new InputException($"none of the {entries.Count} samples of the tuning set is in the split '{TuningSetFile.Train}'");
        }

        string[] missing =
        [
            .. training.Concat(validation).Select(entry => entry.Image).Distinct().Where(path => !File.Exists(Path.Combine(images, path))),
        ];
        if (missing.Length > 0)
        {
            throw new InputException(
                $"{images}: {missing.Length} images of the tuning set are not there, the first is {missing[0]}; `images` wants the "
                    + $"folder that its paths are relative to"
            );
        }

        string fingerprint = FingerprintOf(images, training.Concat(validation));
        LatentDataSet Encode(string name, TuningSetEntry[] samples)
        {
            (string Path, TrainingRecord Record)[] items =
            [
                .. samples.GroupBy(entry => entry.Image).Select((group, index) => (group.Key, RecordOf(index, group))),
            ];
            return LatentDataSet.OpenOrEncode(
                Path.Combine(cache, $"{name}.latents.safetensors"),
                $"{name} {fingerprint} size {configuration.Image.Size}",
                vaeSha256,
                vae,
                positions => Images(positions, index => read(Path.Combine(images, items[index].Path)), configuration.Image.Size),
                [.. items.Select(item => item.Record)],
                configuration.Image.LatentScale,
                done =>
                {
                    if (done % 256 == 0 || done == items.Length)
                    {
                        report($"{name} images: {done}/{items.Length} encoded");
                    }
                },
                cancellationToken
            );
        }

        return new TuningData(
            Encode("tuning", training),
            validation.Length > 0 ? Encode("tuning-validation", validation) : null,
            atlas,
            $"tuning set {fingerprint}"
        );
    }

    private static TrainingRecord RecordOf(int index, IEnumerable<TuningSetEntry> samples) =>
        new()
        {
            Index = index,
            Findings =
            [
                .. samples.Select(entry => new TrainingFinding
                {
                    Prompt = entry.Prompt,
                    Pathology = entry.Pathology,
                    Locations = entry.Locations,
                    Boxes = [],
                }),
            ],
        };

    private static Tensor Images(IReadOnlyList<int> positions, Func<int, float[]> read, int size)
    {
        float[] pixels = new float[positions.Count * size * size];
        Parallel.For(0, positions.Count, i => read(positions[i]).CopyTo(pixels, i * size * size));
        return tensor(pixels, [positions.Count, 1, size, size]);
    }

    /// <summary>
    /// Checksum over samples and, for every image, its length and time of change: reading every image only to find nothing changed takes
    /// too long.
    /// </summary>
    private static string FingerprintOf(string images, IEnumerable<TuningSetEntry> entries)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TuningSetEntry entry in entries)
        {
            FileInfo file = new(Path.Combine(images, entry.Image));
            hash.AppendData(
                Encoding.UTF8.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{entry.Image}\n{entry.Prompt}\n{string.Join(',', entry.Locations)}\n{file.Length} {file.LastWriteTimeUtc.Ticks}\n"
                    )
                )
            );
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
