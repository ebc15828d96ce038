using CxrOnnx.Core;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>The sizes that the rows of a file give for images: every row of an image the same.</summary>
internal sealed class ImageSizes
{
    private readonly Dictionary<string, ImageSize> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _places = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The sizes by identifier; upper and lower case do not matter.</summary>
    public IReadOnlyDictionary<string, ImageSize> Known => _known;

    /// <summary>Takes the size of a row.</summary>
    /// <exception cref="InputException">Another row gives the image another size.</exception>
    public ImageSize Add(string where, string imageId, ImageSize size)
    {
        if (_known.TryAdd(imageId, size))
        {
            _places.Add(imageId, where);
        }
        else if (_known[imageId] != size)
        {
            string earlier = _places[imageId];
            int line = earlier.LastIndexOf(" line ", StringComparison.Ordinal);
            throw new InputException(
                $"{where}: image {imageId} is {size} pixels here and {_known[imageId]} in {(line < 0 ? earlier : earlier[(line + 1)..])}; "
                    + $"mend the wrong one"
            );
        }

        return size;
    }
}
