using BenchmarkDotNet.Attributes;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;

namespace CxrOnnx.Benchmarks;

/// <summary>
/// What becomes of five phrases' maps after the networks, on one core, at the published model's sizes: 20 steps and 4 layers of 16 x 16
/// cells, to 512 x 512 pixels.
/// </summary>
[MemoryDiagnoser]
public class Postprocessing
{
    private const int Phrases = 5;
    private const int Maps = 20 * 4;

    private static readonly GridSize Target = GridSize.Square(512);
    private static readonly GridSize Grid = GridSize.Square(16);

    private readonly HeatmapPostprocessor _finish = new(2.5, otsu: false);
    private readonly HeatmapPostprocessor _masked = new(2.5, otsu: true);
    private readonly float[] _map = Noise(Grid.CellCount);
    private readonly AttentionAggregation[] _aggregated = [.. Enumerable.Range(0, Phrases).Select(_ => new AttentionAggregation(Target))];

    /// <summary>Adds every map once.</summary>
    [GlobalSetup]
    public void Fill() => Add(_aggregated);

    /// <summary>Maps that are means over tokens already, as a GPU gives them: min-max and sums.</summary>
    [Benchmark]
    public void Aggregate() => Add([.. Enumerable.Range(0, Phrases).Select(_ => new AttentionAggregation(Target))]);

    /// <summary>Mean over layers and steps, enlarged.</summary>
    [Benchmark]
    public float[][] Enlarge() => [.. _aggregated.Select(phrase => phrase.Mean())];

    /// <summary>Enlarged, filtered, min-max.</summary>
    [Benchmark]
    public ModelHeatmap[] EnlargeAndFinish() => [.. _aggregated.Select(phrase => _finish.Apply(phrase.Mean(), Target))];

    /// <summary>All of it: aggregated, enlarged, filtered, min-max, Otsu's mask.</summary>
    [Benchmark]
    public ModelHeatmap[] All()
    {
        AttentionAggregation[] phrases = [.. Enumerable.Range(0, Phrases).Select(_ => new AttentionAggregation(Target))];
        Add(phrases);
        return [.. phrases.Select(phrase => _masked.Apply(phrase.Mean(), Target))];
    }

    private void Add(AttentionAggregation[] phrases)
    {
        foreach (AttentionAggregation phrase in phrases)
        {
            for (int i = 0; i < Maps; i++)
            {
                phrase.AddTokenMean(_map, Grid);
            }
        }
    }

    private static float[] Noise(int length)
    {
        Random random = new(1);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle())];
    }
}
