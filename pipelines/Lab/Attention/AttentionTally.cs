using System.Globalization;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Trainer.Attention;

namespace CxrOnnx.Lab.Attention;

/// <summary>Sums over phrases what <see cref="TokenGroupAttention"/> reads, and scores each group's heatmap.</summary>
/// <param name="configuration">Side of the image and the Gaussian filter.</param>
/// <param name="layers">The layers that are read.</param>
internal sealed class AttentionTally(ModelConfiguration configuration, IReadOnlyList<int> layers)
{
    /// <summary>Name of the maps of Bimodal Bias Merging among the groups.</summary>
    public const string Merged = "merged";

    private const string All = "all";

    private readonly GridSize _grid = GridSize.Square(configuration.Image.Size);
    private readonly HeatmapPostprocessor _finish = new(configuration.Grounding.GaussianSigma, otsu: false);
    private readonly Dictionary<(string Layer, string Group), Sums> _sums = [];

    /// <summary>Adds a phrase.</summary>
    /// <param name="read">Its attention.</param>
    /// <param name="boxes">Where it is, in pixels of the model's image.</param>
    public void Add(IReadOnlyList<GroupAttention> read, IReadOnlyList<PixelBox> boxes)
    {
        foreach (IGrouping<string, GroupAttention> group in read.GroupBy(entry => entry.Group))
        {
            foreach (GroupAttention entry in group)
            {
                Add(entry.Layer.ToString(CultureInfo.InvariantCulture), group.Key, [entry], boxes);
            }

            Add(All, group.Key, [.. group], boxes);
        }
    }

    /// <summary>
    /// Adds the maps of Bimodal Bias Merging of a phrase, a layer at a time and of all layers that have the last one's cells.
    /// </summary>
    /// <param name="read">
    /// The attention on its image, as given to <see cref="Add(IReadOnlyList{GroupAttention}, IReadOnlyList{PixelBox})"/>.
    /// </param>
    /// <param name="generated">The attention while an image is made of the prompt from noise.</param>
    /// <param name="boxes">Where it is, in pixels of the model's image.</param>
    public void AddMerged(IReadOnlyList<GroupAttention> read, IReadOnlyList<GroupAttention> generated, IReadOnlyList<PixelBox> boxes)
    {
        int side = read[^1].Side;
        int[] alike = [.. layers.Where(layer => read.First(entry => entry.Layer == layer).Side == side)];
        foreach (int layer in layers)
        {
            Add(layer.ToString(CultureInfo.InvariantCulture), Merged, [Merge([layer])], boxes);
        }

        Add(All, Merged, [Merge(alike)], boxes);

        GroupAttention Merge(int[] wanted)
        {
            float[][] activation = Maps(read, "own", wanted);
            GroupAttention[] own = [.. read.Where(entry => entry.Group == "own" && wanted.Contains(entry.Layer))];
            float[] map = BimodalBiasMerging.Merge(activation, Maps(read, "bos", wanted), Maps(generated, "own", wanted), own[0].Side);
            return new GroupAttention(Merged, wanted[0], own.Average(entry => entry.Share), [map], own[0].Side);
        }

        static float[][] Maps(IReadOnlyList<GroupAttention> attention, string group, int[] wanted) =>
            [.. attention.Where(entry => entry.Group == group && wanted.Contains(entry.Layer)).SelectMany(entry => entry.Maps)];
    }

    /// <summary>The means.</summary>
    /// <param name="rows">What the embedding rows are.</param>
    /// <param name="prompts">What the prompts are.</param>
    /// <param name="phrases">Number of phrases.</param>
    public AttentionResult Result(string rows, string prompts, int phrases) =>
        new(
            rows,
            prompts,
            phrases,
            [
                .. layers
                    .Select(layer => layer.ToString(CultureInfo.InvariantCulture))
                    .Append(All)
                    .SelectMany(layer => TokenGroup.Names.Append(Merged).Select(group => (Layer: layer, Group: group)))
                    .Where(_sums.ContainsKey)
                    .Select(key => _sums[key].Row(key.Layer, key.Group)),
            ]
        );

    private void Add(string layer, string group, IReadOnlyList<GroupAttention> entries, IReadOnlyList<PixelBox> boxes)
    {
        AttentionAggregation aggregation = new(_grid);
        foreach (GroupAttention entry in entries)
        {
            foreach (float[] map in entry.Maps)
            {
                aggregation.AddTokenMean(map, GridSize.Square(entry.Side));
            }
        }

        Heatmap heatmap = new(new ImageSize(_grid.Columns, _grid.Rows), _finish.Apply(aggregation.Mean(), _grid).Values);
        if (!_sums.TryGetValue((layer, group), out Sums? sums))
        {
            _sums[(layer, group)] = sums = new Sums();
        }

        sums.Count++;
        sums.Share += entries.Average(entry => entry.Share);
        sums.Cnr += ContrastToNoiseRatio.Compute(heatmap, boxes);
        sums.MIoU += MeanIoU.Compute(heatmap, boxes);
        sums.Auroc += AucRoc.Compute(heatmap, boxes);
    }

    private sealed class Sums
    {
        public int Count { get; set; }

        public double Share { get; set; }

        public double Cnr { get; set; }

        public double MIoU { get; set; }

        public double Auroc { get; set; }

        public AttentionRow Row(string layer, string group) =>
            new(layer, group, Count, Share / Count, Cnr / Count, MIoU / Count, Auroc / Count);
    }
}
