using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Evidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Evidence;

/// <summary>An annotated phrase with what an evidence map of it is made of.</summary>
/// <param name="Case">The phrase and its boxes.</param>
/// <param name="Transform">From the original image to the model's square.</param>
/// <param name="Attention">How good the attention heatmap is.</param>
/// <param name="Maps">The maps that are joined.</param>
internal sealed record EvidenceCase(EvaluationCase Case, ImageTransform Transform, MapScore Attention, EvidenceMaps Maps)
{
    private GridSize Square => GridSize.Square(Transform.ModelSize);

    /// <summary>Adds every cell of the latents as a row of the regression; a cell is inside if most of it is.</summary>
    public void AddCells(List<IReadOnlyList<double>> rows, List<bool> inside)
    {
        float[] share = Inside();
        for (int i = 0; i < share.Length; i++)
        {
            rows.Add([Maps.Attention[i], Maps.Gain[i], Maps.Both[i]]);
            inside.Add(share[i] >= 0.5f);
        }
    }

    /// <summary>How good attention and evidence map are.</summary>
    public EvidenceScore Score(EvidenceRecipe recipe) => new(Case.CategoryName, Attention, Of(Maps.Join(recipe, Square), Case, Transform));

    /// <summary>How good a map of a case is.</summary>
    public static MapScore Of(ModelHeatmap map, EvaluationCase item, ImageTransform transform)
    {
        Heatmap heatmap = map.ToOriginal(transform);
        HeatmapPeak? peak = heatmap.Peak();
        return new MapScore(
            ContrastToNoiseRatio.Compute(heatmap, item.Boxes),
            MeanIoU.Compute(heatmap, item.Boxes),
            AucRoc.Compute(heatmap, item.Boxes),
            peak is not null && item.Boxes.Any(box => Contains(box, peak.Value))
        );
    }

    private static bool Contains(PixelBox box, HeatmapPeak peak) =>
        peak.X >= box.X && peak.X < box.X + box.Width && peak.Y >= box.Y && peak.Y < box.Y + box.Height;

    /// <summary>The share of each cell of the latents that lies in a box: the boxes drawn on the model's square, averaged.</summary>
    private float[] Inside()
    {
        GridSize square = Square;
        float[] drawn = new float[square.CellCount];
        double scale = (double)Transform.ModelSize / Math.Min(Transform.Original.Width, Transform.Original.Height);
        double left = ((Transform.Original.Width * scale) - square.Columns) / 2;
        double top = ((Transform.Original.Height * scale) - square.Rows) / 2;
        foreach (PixelBox box in Case.Boxes)
        {
            (double x0, double x1) = ((box.X * scale) - left, ((box.X + box.Width) * scale) - left);
            (double y0, double y1) = ((box.Y * scale) - top, ((box.Y + box.Height) * scale) - top);
            for (int y = Math.Max(0, (int)Math.Round(y0)); y < Math.Min(square.Rows, (int)Math.Round(y1)); y++)
            {
                for (int x = Math.Max(0, (int)Math.Round(x0)); x < Math.Min(square.Columns, (int)Math.Round(x1)); x++)
                {
                    drawn[(y * square.Columns) + x] = 1;
                }
            }
        }

        return EvidenceMaps.CellMeans(new ModelHeatmap(square, drawn), Maps.Grid);
    }
}
