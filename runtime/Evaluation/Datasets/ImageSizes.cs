using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The sizes that the rows of a table give for images: every row of an image the same.</summary>
/// <param name="table">The table.</param>
internal sealed class ImageSizes(CsvTable table)
{
    private readonly Dictionary<string, ImageSize> _known = [];
    private readonly Dictionary<string, int> _lines = [];

    /// <summary>The sizes by identifier.</summary>
    public IReadOnlyDictionary<string, ImageSize> Known => _known;

    /// <summary>Takes the size of a row.</summary>
    /// <exception cref="InputException">Another row gives the image another size.</exception>
    public ImageSize Add(CsvTable.Row row, string image, int width, int height)
    {
        string id = CaseKey.ImageIdOf(image);
        ImageSize size = new(width, height);
        if (_known.TryAdd(id, size))
        {
            _lines.Add(id, row.Line);
        }
        else if (_known[id] != size)
        {
            throw new InputException(
                $"{table.Source} line {row.Line}: image {id} is {size} pixels here and {_known[id]} in line {_lines[id]}; mend the "
                    + $"wrong one"
            );
        }

        return size;
    }
}
