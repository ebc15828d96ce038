using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Core.Heatmaps;

/// <summary>A finished heatmap on the model's square. Carry it to the original image with <see cref="ToOriginal"/>.</summary>
public sealed class ModelHeatmap
{
    /// <summary>Wraps values; the array is not copied.</summary>
    /// <param name="grid">Size.</param>
    /// <param name="values">[Rows, Columns], row-major, in [0,1].</param>
    /// <exception cref="ArgumentException">The length is not that of the grid.</exception>
    public ModelHeatmap(GridSize grid, float[] values)
    {
        if (values.Length != grid.CellCount)
        {
            throw new ArgumentException($"heatmap has {values.Length} values, {grid} has {grid.CellCount}", nameof(values));
        }

        Grid = grid;
        Values = values;
    }

    /// <summary>Size in model pixels.</summary>
    public GridSize Grid { get; }

    /// <summary>[Rows, Columns], row-major, in [0,1]; all zero where <see cref="IsConstant"/>.</summary>
    public float[] Values { get; }

    /// <summary>The smoothed map had the same value everywhere, so that there is nothing to show. The values are zero.</summary>
    public bool IsConstant { get; init; }

    /// <summary>The Otsu threshold that was applied, in [0,1]; null where none was.</summary>
    public float? OtsuThreshold { get; init; }

    /// <summary>The heatmap in original pixels, NaN where the model did not look.</summary>
    /// <param name="transform">The transform that made the model's input.</param>
    /// <exception cref="ArgumentException">The transform's model size is another one.</exception>
    public Heatmap ToOriginal(ImageTransform transform) => new(transform.Original, transform.ToOriginal(Values));
}
