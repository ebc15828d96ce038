using System.CommandLine;
using System.Globalization;
using CxrOnnx.CommandLine;
using CxrOnnx.Core;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Phantom;
using NetVips;

namespace CxrOnnx.Lab.Commands;

/// <summary><c>cxr-lab phantom</c>: a synthetic data set.</summary>
public static class PhantomCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Option<DirectoryInfo> output = new("--out")
        {
            Description = "Folder for images/, reports/ and the annotation files",
            Required = true,
        };
        Option<int> count = new("--count") { Description = "Number of images", DefaultValueFactory = _ => 100 };
        Option<ulong> seed = new("--seed") { Description = "Seed of the data set", DefaultValueFactory = _ => 1 };
        Option<long> first = new("--first")
        {
            Description = "Index of the first image (training uses indices below 1,000,000)",
            DefaultValueFactory = _ => 0,
        };
        Option<string> size = new("--size")
        {
            Description = "Image size, WIDTHxHEIGHT; the same seed and index give the same patient at any size",
            DefaultValueFactory = _ => "512x512",
        };
        Option<string> hospital = new("--hospital")
        {
            Description = "a (default) or b (other patients, machine and prevalences)",
            DefaultValueFactory = _ => "a",
        };
        Option<string[]> pathologies = new("--pathology") { Description = "Draw only this pathology; may be repeated" };
        Option<string[]> locations = new("--location") { Description = "Draw only at this location; may be repeated" };
        Option<double[]> counts = new("--finding-counts")
        {
            Description = "Relative frequency of images with 0, 1, 2 and 3 findings",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> threads = new("--threads")
        {
            Description = "Threads that draw",
            DefaultValueFactory = _ => Math.Min(4, Environment.ProcessorCount),
        };
        Command command = new(
            "phantom",
            "Make synthetic chest radiographs with reports, boxes and anatomical zones, in the real data sets' file formats."
        )
        {
            output,
            count,
            seed,
            first,
            size,
            hospital,
            pathologies,
            locations,
            counts,
            threads,
        };
        command.SetAction(
            (parse, cancellation) =>
            {
                (int width, int height) = ParseSize(parse.GetRequiredValue(size));
                PhantomSettings settings = Narrowed(
                    PhantomSettings.Preset(parse.GetRequiredValue(hospital)) with
                    {
                        Seed = parse.GetValue(seed),
                        Width = width,
                        Height = height,
                    },
                    parse.GetValue(pathologies) ?? [],
                    parse.GetValue(locations) ?? [],
                    parse.GetValue(counts) ?? []
                );
                int images = parse.GetValue(count);
                if (images < 1)
                {
                    throw new InputException($"--count {images}: want at least 1");
                }

                string folder = parse.GetRequiredValue(output).FullName;
                TextWriter log = parse.InvocationConfiguration.Error;
                RemainingTime remaining = new(TimeProvider.System);
                int next = 0;
                PhantomDataSet.Write(
                    new PhantomGenerator(settings),
                    folder,
                    parse.GetValue(first),
                    images,
                    EncodePng,
                    parse.GetValue(threads),
                    new Reporter(done =>
                    {
                        if (done >= next || done == images)
                        {
                            log.WriteLine(
                                string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"{done} of {images} images{remaining.After((double)done / images)}"
                                )
                            );
                            next = done + Math.Max(64, images / 10);
                        }
                    }),
                    cancellation
                );
                parse.InvocationConfiguration.Output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{folder}: {images} images of {width}x{height}, {settings.Name}, seed {settings.Seed}"
                    )
                );
                return Task.FromResult(0);
            }
        );
        return command;
    }

    /// <summary>The names of its images say so, because an index names another patient there.</summary>
    private static PhantomSettings Narrowed(PhantomSettings hospital, string[] pathologies, string[] locations, double[] counts)
    {
        foreach (string name in pathologies.Where(name => !hospital.Prevalences.ContainsKey(name)))
        {
            throw new InputException($"--pathology '{name}': want {string.Join(", ", hospital.Prevalences.Keys)}");
        }

        string[] known = [.. hospital.Prevalences.Values.SelectMany(entry => entry.Locations.Keys).Distinct()];
        foreach (string name in locations.Where(name => !known.Contains(name)))
        {
            throw new InputException($"--location '{name}': want {string.Join(", ", known)}");
        }

        return pathologies.Length + locations.Length + counts.Length == 0
            ? hospital
            : hospital.Narrowed(pathologies, locations, counts) with
            {
                Name = $"{hospital.Name}-narrowed",
            };
    }

    /// <summary>8-bit grayscale PNG.</summary>
    internal static byte[] EncodePng(GrayImage image)
    {
        byte[] bytes = new byte[image.Pixels.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((Math.Clamp(image.Pixels[i], 0f, 1f) * 255f) + 0.5f);
        }

        using Image vips = Image.NewFromMemory(bytes, image.Width, image.Height, 1, Enums.BandFormat.Uchar);
        return vips.PngsaveBuffer(compression: 9, keep: Enums.ForeignKeep.None);
    }

    private static (int Width, int Height) ParseSize(string text)
    {
        string[] parts = text.Split('x');
        return
            parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            ? (width, height)
            : throw new InputException($"--size '{text}': want WIDTHxHEIGHT, for example 768x900");
    }

    /// <summary>Reports in the calling thread, in order (<see cref="Progress{T}"/> posts to the pool).</summary>
    private sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
