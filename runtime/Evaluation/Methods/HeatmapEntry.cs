using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>A row of <c>heatmaps.csv</c>: a file and where its map lies on the image.</summary>
/// <param name="File">The file.</param>
/// <param name="View">
/// The square of the image that the map covers, in pixels, where it is stored on a model's own grid; null where it has the image's pixels.
/// </param>
internal sealed record HeatmapEntry(string File, PixelBox? View)
{
    private const string OnModel = "model";
    private const string OnImage = "image";

    private static readonly string[] ViewColumns = ["view_x", "view_y", "view_width", "view_height"];

    /// <summary>Reads where a row's map lies.</summary>
    /// <exception cref="InputException">The grid is unknown, or the square is not given.</exception>
    public static HeatmapEntry Of(CsvTable table, CsvTable.Row row, string file)
    {
        string grid = table.Has("grid") && table.Text(row, "grid") is { Length: > 0 } named ? named : OnImage;
        if (grid == OnImage)
        {
            return new HeatmapEntry(file, null);
        }

        if (grid != OnModel)
        {
            throw new InputException($"{table.Source} line {row.Line}: grid is '{grid}'; known are {OnImage} and {OnModel}");
        }

        table.Require(ViewColumns);
        double[] view = [.. ViewColumns.Select(column => table.Number(row, column))];
        return new HeatmapEntry(file, new PixelBox(view[0], view[1], view[2], view[3]));
    }

    /// <summary>Refuses a map that cannot be that of an image.</summary>
    /// <param name="shape">The array's dimensions.</param>
    /// <param name="item">Whose map it is.</param>
    /// <exception cref="InputException">The shape or the square does not fit the image.</exception>
    public void Check(int[] shape, EvaluationCase item)
    {
        if (View is not { } view)
        {
            if (shape.Length != 2 || shape[0] != item.ImageSize.Height || shape[1] != item.ImageSize.Width)
            {
                throw new InputException(
                    $"{File}: shape [{string.Join(", ", shape)}], the image of {item.Key} wants [{item.ImageSize.Height}, "
                        + $"{item.ImageSize.Width}] (height, width)"
                );
            }

            return;
        }

        if (shape.Length != 2 || shape[0] != shape[1] || shape[0] < 1)
        {
            throw new InputException($"{File}: shape [{string.Join(", ", shape)}]; a map on a model's grid is square");
        }

        PixelBox seen = new ImageTransform(item.ImageSize, shape[0]).FieldOfView;
        if (view != seen)
        {
            throw new InputException(
                FormattableString.Invariant(
                    $"{File}: lies at x {view.X}, y {view.Y}, {view.Width} x {view.Height} of the image of {item.Key} (heatmaps.csv); "
                )
                    + FormattableString.Invariant(
                        $"only the square in its middle is understood: x {seen.X}, y {seen.Y}, {seen.Width} x {seen.Height}; store it on "
                    )
                    + "the image's pixels (grid image)"
            );
        }
    }

    /// <summary>The map on the image's pixels, in [0,1].</summary>
    /// <param name="values">[rows, columns], row-major; changed in place.</param>
    /// <param name="shape">Its dimensions, of <see cref="Check"/>.</param>
    /// <param name="size">Size of the image.</param>
    /// <remarks>
    /// A map on a model's grid is scaled there, as the model does it, and carried to the image by repetition, NaN outside of its square.
    /// </remarks>
    public Heatmap OnPixels(float[] values, int[] shape, ImageSize size)
    {
        UnitRange.Normalize(values);
        return View is null
            ? new Heatmap(size, values)
            : new ModelHeatmap(new GridSize(shape[0], shape[1]), values).ToOriginal(new ImageTransform(size, shape[0]));
    }
}
