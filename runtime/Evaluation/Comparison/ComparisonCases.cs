using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Workflows;

namespace CxrOnnx.Evaluation.Comparison;

/// <summary>What two bundles are asked: annotated phrases, or the same phrases of every image.</summary>
public static class ComparisonCases
{
    private const string SampleAnnotations = "annotations.csv";

    /// <summary>Reads the cases; those of one image stand together.</summary>
    /// <param name="request">Where they are.</param>
    /// <exception cref="InputException">A folder or file is wrong, or there is nothing to ask.</exception>
    public static IReadOnlyList<ComparisonCase> Load(ComparisonRequest request)
    {
        string images = request.Images ?? Path.GetDirectoryName(ShippedSamples.Find()[0])!;
        string? annotations =
            request.Annotations ?? (request.Images is null && request.Phrases.Count == 0 ? Path.Combine(images, SampleAnnotations) : null);
        ImageFolder folder = new(images);
        List<ComparisonCase> cases = [];
        if (annotations is not null)
        {
            if (request.Phrases.Count > 0)
            {
                throw new InputException("`phrase`: the phrases are those of the annotations; leave out one of the two");
            }

            cases.AddRange(
                EvaluationDataset
                    .Load(new DatasetSource(request.Dataset, annotations), folder.SizeOf, LocationAtlas.Default)
                    .Cases.Select(item => new ComparisonCase(item.ImageId, folder.PathOf(item), item.LabelText, item))
            );
        }
        else if (request.Phrases.Count == 0)
        {
            throw new InputException("nothing to ask of the images; give `phrase` TEXT, or `annotations` FILE");
        }
        else
        {
            cases.AddRange(
                folder.Ids.SelectMany(id =>
                    request.Phrases.Distinct().Select(phrase => new ComparisonCase(id, folder.PathOf(id), phrase, null))
                )
            );
        }

        string[] kept = [.. cases.Select(item => item.ImageId).Distinct()];
        if (request.Limit > 0)
        {
            kept = [.. kept.Take(request.Limit)];
        }

        return kept.Length > 0
            ? [.. cases.Where(item => kept.Contains(item.ImageId))]
            : throw new InputException($"{images}: no images in it");
    }
}
