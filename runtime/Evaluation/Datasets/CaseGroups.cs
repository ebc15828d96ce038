using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;

namespace CxrOnnx.Evaluation.Datasets;

/// <summary>Turns checked boxes into cases; those of one image stand together.</summary>
internal static class CaseGroups
{
    /// <summary>
    /// Boxes of one image and phrase are one case, as in the reference (Vilouras et al., arXiv:2404.12920, its loader of MS-CXR); its class
    /// is that of its first box.
    /// </summary>
    /// <param name="boxes">The boxes, each with its phrase.</param>
    /// <param name="severalClasses">Number of cases whose boxes are of several classes.</param>
    public static IReadOnlyList<EvaluationCase> OfPhrases(IEnumerable<AnnotatedBox> boxes, out int severalClasses)
    {
        IGrouping<(string ImageId, string Phrase), AnnotatedBox>[] groups = [.. boxes.GroupBy(box => (box.ImageId, box.Phrase))];
        severalClasses = groups.Count(group => group.Select(box => box.Category).Distinct().Count() > 1);
        return ByImage(
            groups.Select(group => new EvaluationCase
            {
                ImageId = group.Key.ImageId,
                LabelText = group.Key.Phrase,
                CategoryName = group.First().Category,
                ImageSize = group.First().Size,
                Boxes = [.. group.Select(box => box.Box).Distinct()],
                ImagePath = group.First().Path,
            })
        );
    }

    /// <summary>
    /// Boxes of one image and class are one case, whose phrase is made of the locations nearest to its boxes (squared 2-Wasserstein
    /// distance).
    /// </summary>
    /// <remarks>Vilouras et al., MIDL 2026 (arXiv:2506.10633), section 4.1, for VinDr-CXR.</remarks>
    /// <param name="boxes">The boxes, each of a class that <paramref name="pathologyOf"/> knows.</param>
    /// <param name="pathologyOf">The pathology of a class.</param>
    /// <param name="atlas">Where locations lie.</param>
    public static IReadOnlyList<EvaluationCase> OfClasses(
        IEnumerable<AnnotatedBox> boxes,
        Func<string, Pathology> pathologyOf,
        LocationAtlas atlas
    ) =>
        ByImage(
            boxes
                .GroupBy(box => (box.ImageId, box.Category))
                .Select(group => new EvaluationCase
                {
                    ImageId = group.Key.ImageId,
                    LabelText = PhraseOf(pathologyOf(group.Key.Category), group.Select(box => box.Box), group.First().Size, atlas).Text,
                    CategoryName = group.Key.Category,
                    ImageSize = group.First().Size,
                    Boxes = [.. group.Select(box => box.Box)],
                    ImagePath = group.First().Path,
                })
        );

    /// <summary>What a report should say of phrases that were made.</summary>
    public static string SyntheticNote(LocationAtlas atlas) =>
        $"The phrases are synthetic: each box is matched to the nearest location of the atlas ({atlas.Source}).";

    /// <summary>What a report should say of classes that were left out; nothing where none were.</summary>
    public static IEnumerable<string> LeftOutNote(IEnumerable<KeyValuePair<string, int>> leftOut) =>
        leftOut.Any()
            ? [$"Rows of other classes were left out: {string.Join(", ", leftOut.Select(entry => $"{entry.Key} ({entry.Value})"))}."]
            : [];

    private static StandardPrompt PhraseOf(Pathology pathology, IEnumerable<PixelBox> boxes, ImageSize size, LocationAtlas atlas)
    {
        if (pathology == Pathology.Cardiomegaly)
        {
            return new StandardPrompt(pathology, Location.Cardiomegaly);
        }

        ImageTransform transform = new(size, (int)LocationGaussian.GridSide);
        return new StandardPrompt(
            pathology,
            boxes.Select(box => atlas.Nearest(LocationGaussian.OfBox(transform.ToModel(box)), includeHeart: false))
        );
    }

    private static List<EvaluationCase> ByImage(IEnumerable<EvaluationCase> cases) =>
        [.. cases.GroupBy(item => item.ImageId).SelectMany(group => group)];
}
