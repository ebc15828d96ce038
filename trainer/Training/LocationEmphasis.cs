using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Trainer.Data;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Training;

/// <summary>Weights of the denoising loss that are larger where the location words of an image's findings point (see <see cref="DiffusionTrainingSettings.LocationEmphasis"/>).</summary>
/// <param name="atlas">Where the locations lie.</param>
/// <param name="peak">Weight at a location's centre before scaling to mean 1; above 0.</param>
/// <param name="height">Rows of the latents.</param>
/// <param name="width">Columns of the latents.</param>
public sealed class LocationEmphasis(LocationAtlas atlas, double peak, int height, int width)
{
    // The atlas' Gaussians have a sixth of a region's side as spread; twice that covers the region.
    private const double Widening = 2;

    private readonly Dictionary<string, float[]> _maps = new(StringComparer.Ordinal);

    /// <summary>The weights of some images.</summary>
    /// <param name="records">B records; one without findings has weight 1 everywhere.</param>
    /// <returns>float32 [B, 1, h, w], mean 1 over each sample's cells; owned by the caller.</returns>
    public Tensor Weights(IReadOnlyList<TrainingRecord> records) =>
        tensor(records.SelectMany(Map).ToArray(), [records.Count, 1, height, width]);

    private float[] Map(TrainingRecord record)
    {
        Location[] locations = [.. record.Findings.SelectMany(PhantomAtlas.Locations).Distinct()];
        string key = string.Join('|', locations.Select(location => location.Name));
        if (!_maps.TryGetValue(key, out float[]? map)) _maps[key] = map = Make(locations);
        return map;
    }

    private float[] Make(Location[] locations)
    {
        if (locations.Length == 0) return [.. Enumerable.Repeat(1f, height * width)];
        LocationGaussian[] gaussians = [.. locations
            .SelectMany(atlas.Gaussians)
            .Distinct()
            .Select(gaussian => gaussian with { SigmaX = gaussian.SigmaX * Widening, SigmaY = gaussian.SigmaY * Widening })];
        double[] weights = [.. GaussianMap.Render(gaussians, new(height, width)).Select(value => 1 + ((peak - 1) * value))];
        double mean = weights.Average();
        return [.. weights.Select(weight => (float)(weight / mean))];
    }
}
