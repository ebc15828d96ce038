using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>What a reader of annotations is given.</summary>
/// <param name="Source">The files.</param>
/// <param name="SizeOf">Size of an image that the annotations do not give; null if unknown.</param>
/// <param name="Atlas">Turns boxes into locations, for a data set without phrases.</param>
/// <param name="Images">The images among which <paramref name="SizeOf"/> looks, for messages; null where there are none.</param>
internal sealed record AnnotationInput(
    DatasetSource Source,
    Func<string, ImageSize?> SizeOf,
    LocationAtlas Atlas,
    ImageFolder? Images = null
)
{
    /// <summary>The size of an image.</summary>
    /// <param name="imageId">The image.</param>
    /// <param name="where">Place in the annotations, for messages.</param>
    /// <exception cref="InputException">It is not known.</exception>
    public ImageSize Size(string imageId, string where) =>
        SizeOf(imageId)
        ?? throw new InputException(
            Images is null
                ? $"{where}: the size of image {imageId} is not known; give `image-sizes` FILE.csv (image_id,width,height) or `images` DIR"
                : $"{where}: {Images.Folder} has no image {imageId}; add the file, or leave its rows out"
        );
}
