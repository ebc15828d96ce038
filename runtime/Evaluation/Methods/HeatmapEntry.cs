using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>A row of <c>heatmaps.csv</c>: a file and what part of the image its map covers.</summary>
/// <param name="File">The file.</param>
/// <param name="View">The part of the image, where the map is on a system's own grid; null where it has the image's pixels.</param>
internal sealed record HeatmapEntry(string File, ModelView? View)
{
    /// <summary>Reads what part of the image a row's map covers.</summary>
    /// <param name="table">The index.</param>
    /// <param name="row">The row.</param>
    /// <param name="file">Its file.</param>
    /// <param name="view">What holds where the row does not say.</param>
    /// <exception cref="InputException">The part is written in no known way.</exception>
    public static HeatmapEntry Of(CsvTable table, CsvTable.Row row, string file, ModelView? view)
    {
        if (!table.Has("crop") || table.Text(row, "crop") is not { Length: > 0 } crop)
        {
            return new HeatmapEntry(file, view);
        }

        try
        {
            return new HeatmapEntry(file, ModelView.Parse(crop));
        }
        catch (InputException exception)
        {
            throw new InputException($"{table.Source} line {row.Line}: {exception.Message}", exception);
        }
    }

    /// <summary>Refuses a map that cannot be that of an image.</summary>
    /// <param name="shape">The array's dimensions.</param>
    /// <param name="item">Whose map it is.</param>
    /// <exception cref="InputException">The shape does not fit the image.</exception>
    public void Check(int[] shape, EvaluationCase item)
    {
        ImageSize size = item.ImageSize;
        bool isOfImage = shape.Length == 2 && shape[0] == size.Height && shape[1] == size.Width;
        if (View is not { } view)
        {
            if (!isOfImage)
            {
                throw new InputException(
                    $"{File}: shape [{string.Join(", ", shape)}], the image of {item.Key} wants [{size.Height}, {size.Width}] (height, "
                        + "width); for a map of another size say with `crop` which part of the image it covers"
                );
            }

            return;
        }

        if (shape.Length != 2 || shape[0] < 1 || shape[1] < 1)
        {
            throw new InputException($"{File}: shape [{string.Join(", ", shape)}], a map has two dimensions, [height, width]");
        }

        // A map that was brought to the image's pixels before would be squeezed into the crop, and nothing would show it.
        PixelBox seen = view.FieldOfView(size);
        if (isOfImage && (seen.Width != size.Width || seen.Height != size.Height))
        {
            throw new InputException(
                $"{File}: has the size of its image, {size} pixels, so it is no map of crop {view.Text}; give the map on the model's own "
                    + "grid, or leave out `crop`"
            );
        }
    }

    /// <summary>The map on the image's pixels, in [0,1].</summary>
    /// <param name="values">[rows, columns], row-major; changed in place.</param>
    /// <param name="shape">Its dimensions, of <see cref="Check"/>.</param>
    /// <param name="size">Size of the image.</param>
    /// <exception cref="InputException">A map on a system's own grid holds NaN.</exception>
    public Heatmap OnPixels(float[] values, int[] shape, ImageSize size)
    {
        if (View is { } view)
        {
            if (values.Any(float.IsNaN))
            {
                throw new InputException(
                    $"{File}: holds NaN, and `crop` {view.Text} already says where the system does not look; leave out one of the two"
                );
            }

            values = view.ToOriginal(values, new GridSize(shape[0], shape[1]), size);
        }

        UnitRange.Normalize(values);
        return new Heatmap(size, values);
    }
}
