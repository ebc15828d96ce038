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
    public static EvaluationDataset Load(DatasetSource source, ImageFolder? images, LocationAtlas atlas) =>
        EvaluationDataset.Read(new AnnotationInput(source, SizeSource(source.Sizes, images), atlas, images));

    /// <summary>Sizes of images: from a file of sizes or from the images, each decoded once; null for what neither has.</summary>
    /// <param name="sizes">CSV file of sizes, or null.</param>
    /// <param name="images">The images, or null.</param>
    /// <exception cref="Core.InputException">The file is wrong.</exception>
    public static Func<string, ImageSize?> SizeSource(string? sizes, ImageFolder? images)
    {
        IReadOnlyDictionary<string, ImageSize> known = sizes is null
            ? new Dictionary<string, ImageSize>()
            : EvaluationDataset.LoadSizes(sizes);
        Dictionary<string, ImageSize?> measured = [];
        return id =>
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
        };
    }
}
