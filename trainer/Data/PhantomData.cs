using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Phantom;

namespace CxrOnnx.Trainer.Data;

/// <summary>Synthetic radiographs as training data, through the same preprocessing as at inference.</summary>
public static class PhantomData
{
    /// <summary>Opens the cache of a folder, made first if it is absent or belongs to other settings.</summary>
    /// <param name="folder">Folder of the cache.</param>
    /// <param name="settings">What is drawn.</param>
    /// <param name="first">First index.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="size">Side of the model's square image in pixels.</param>
    /// <param name="threads">Images made at the same time; their order and content do not depend on it.</param>
    public static RadiographCache OpenOrMake(string folder, PhantomSettings settings, long first, int count, int size, int threads)
    {
        string fingerprint =
            $"phantom {settings.Name} {settings.Width}x{settings.Height} seed {settings.Seed} indices {first}+{count} size {size}";
        if (File.Exists(Path.Combine(folder, "cache.json")))
        {
            RadiographCache existing = RadiographCache.Open(folder);
            if (existing.Fingerprint == fingerprint)
            {
                return existing;
            }

            existing.Dispose();
        }

        PhantomGenerator generator = new(settings);
        RadiographCache.Write(
            folder,
            size,
            fingerprint,
            Enumerable
                .Range(0, count)
                .AsParallel()
                .AsOrdered()
                .WithDegreeOfParallelism(threads)
                .WithMergeOptions(ParallelMergeOptions.AutoBuffered)
                .Select(offset => Prepare(generator.Generate(first + offset), size))
        );
        return RadiographCache.Open(folder);
    }

    /// <summary>Preprocesses one sample.</summary>
    /// <param name="sample">Sample at any size.</param>
    /// <param name="size">Side of the model's square image in pixels.</param>
    public static (float[] Pixels, TrainingRecord Record) Prepare(PhantomSample sample, int size)
    {
        ImageTransform transform = new(sample.Image.Size, size);
        TrainingRecord record = new()
        {
            Index = sample.Index,
            Findings =
            [
                .. sample.Findings.Select(finding => new TrainingFinding
                {
                    Prompt = finding.Prompt,
                    Pathology = finding.Pathology,
                    Locations = finding.Locations,
                    Boxes = [.. finding.Boxes.Select(box => ToModel(transform, box))],
                }),
            ],
        };
        return (Preprocessor.ToModelInput(sample.Image, transform), record);
    }

    private static double[] ToModel(ImageTransform transform, PixelBox box)
    {
        ModelBox model = transform.ToModel(box);
        return [model.X, model.Y, model.Width, model.Height];
    }
}
