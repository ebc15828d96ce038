using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Phantom;

namespace CxrOnnx.Trainer.Data;

/// <summary>The location atlas of synthetic radiographs, from their anatomical boxes.</summary>
public static class PhantomAtlas
{
    /// <summary>Averages the boxes of some images.</summary>
    /// <param name="settings">What is drawn.</param>
    /// <param name="first">First index.</param>
    /// <param name="count">Number of images.</param>
    public static LocationAtlas Build(PhantomSettings settings, long first, int count)
    {
        PhantomGenerator generator = new(settings);
        return LocationAtlas.OfBoxes(
            $"{count} synthetic radiographs ({settings.Name}, seed {settings.Seed}, from index {first})",
            Enumerable.Range(0, count).SelectMany(offset => Boxes(generator.Generate(first + offset)))
        );
    }

    /// <summary>The locations of a finding.</summary>
    /// <exception cref="InputException">A name is not one of the 27.</exception>
    public static IReadOnlyList<Location> Locations(TrainingFinding finding) =>
        [
            .. finding.Locations.Select(name =>
                Location.TryFind(name, out Location? location)
                    ? location
                    : throw new InputException($"location '{name}' of '{finding.Prompt}' is not one of the 27 of the location dictionary")
            ),
        ];

    private static IEnumerable<(AnatomicalRegion Region, ModelBox Box)> Boxes(PhantomSample sample)
    {
        ImageTransform transform = new(sample.Image.Size, (int)LocationGaussian.GridSide);
        foreach ((string name, PixelBox box) in sample.Zones)
        {
            if (AnatomicalRegionNames.TryFind(name, out AnatomicalRegion region))
            {
                yield return (region, transform.ToModel(box));
            }
        }
    }
}
