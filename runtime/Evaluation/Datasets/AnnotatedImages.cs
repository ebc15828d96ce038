using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>
/// Reads a data set's annotations, taking sizes of images from the annotation file, a file of sizes or the images, whichever has them.
/// </summary>
public static class AnnotatedImages
{
    /// <summary>Reads a data set.</summary>
    /// <param name="source">The files.</param>
    /// <param name="images">The images, or null.</param>
    /// <param name="atlas">For synthetic phrases.</param>
    /// <exception cref="Core.InputException">A file is wrong, or a size is unknown.</exception>
    public static EvaluationDataset Load(DatasetSource source, ImageFolder? images, LocationAtlas atlas)
    {
        IReadOnlyDictionary<string, ImageSize> known = source.Sizes is null
            ? new Dictionary<string, ImageSize>()
            : EvaluationDataset.LoadSizes(source.Sizes);
        Dictionary<string, ImageSize?> measured = [];
        ImageSize? SizeOf(string id)
        {
            if (known.TryGetValue(id, out ImageSize size))
            {
                return size;
            }

            if (!measured.TryGetValue(id, out ImageSize? found))
            {
                measured[id] = found = images?.SizeOf(id);
            }

            return found;
        }

        return EvaluationDataset.Load(source, SizeOf, atlas);
    }
}
