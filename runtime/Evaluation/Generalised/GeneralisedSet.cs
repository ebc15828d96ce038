using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>Phrases with no, one or several regions each.</summary>
/// <param name="Name">Name of the data set.</param>
/// <param name="Cases">The phrases; those of one image stand together, and no two of them are the same.</param>
/// <param name="Notes">What a reader of the results should know: how the phrases were chosen, what was left out.</param>
public sealed record GeneralisedSet(string Name, IReadOnlyList<GeneralisedCase> Cases, IReadOnlyList<string> Notes)
{
    /// <summary>The data sets that have phrases without a region.</summary>
    public static IReadOnlyList<string> KnownNames { get; } = ["phantom", "padchest-gr"];

    /// <summary>Reads a data set.</summary>
    /// <param name="source">The files; its name is one of <see cref="KnownNames"/>.</param>
    /// <param name="images">Folder of the images; null where only sizes are needed.</param>
    /// <param name="atlas">Where locations lie.</param>
    /// <param name="seed">Decides which foreign phrases the phantom's images are asked.</param>
    /// <exception cref="InputException">A file is wrong, or the data set has no such phrases.</exception>
    public static GeneralisedSet Load(DatasetSource source, string? images, LocationAtlas atlas, ulong seed)
    {
        if (source.Splits.Count > 0 || source.ImageLabels is not null)
        {
            throw new InputException("`generalised` takes no `split` and no `image-labels`: it asks every image of the file");
        }

        GeneralisedSet set = source.Name switch
        {
            "phantom" => OfPhantom(
                source,
                images ?? throw new InputException("`generalised` asks every image of the phantom: give their folder with `images` DIR"),
                atlas,
                seed
            ),
            "padchest-gr" => OfPadChest(source, images is null ? null : new ImageFolder(images), atlas),
            _ => throw new InputException(
                $"`generalised` with `dataset` {source.Name}: it says only what is there, and the task needs phrases without a "
                    + $"region; known are {string.Join(", ", KnownNames)}"
            ),
        };
        return set.Cases.Any(item => item.IsSupported)
            ? set
            : throw new InputException($"{source.Annotations}: no phrase has a region; there is nothing to find");
    }

    /// <summary>
    /// The phantom, whose annotations are exhaustive: each image's own findings, phrases that it does not support (the rule of
    /// docs/confidence.md), and up to two of these denied ("no left lower pneumonia").
    /// </summary>
    private static GeneralisedSet OfPhantom(DatasetSource source, string images, LocationAtlas atlas, ulong seed)
    {
        const int denials = 2;
        CalibrationSet set = new(source, images, atlas, seed);
        Func<string, ImageSize?> sizeOf = AnnotatedImages.SizeSource(source.Sizes, new ImageFolder(images));
        List<GeneralisedCase> cases = [];
        foreach (string id in set.ImageIds)
        {
            ImageSize size = sizeOf(id)!.Value;
            int denied = 0;
            foreach ((StandardPrompt prompt, PhraseTruth truth) in set.PhrasesOf(id, size))
            {
                EvaluationCase phrase = new()
                {
                    ImageId = id,
                    LabelText = prompt.Text,
                    CategoryName = prompt.Pathology.Name,
                    ImageSize = size,
                    Boxes = truth == PhraseTruth.Supported ? set.BoxesOf(id, prompt) : [],
                };
                cases.Add(new GeneralisedCase(phrase, KindOf(truth)));
                if (truth == PhraseTruth.Absent && denied++ < denials)
                {
                    cases.Add(new GeneralisedCase(phrase with { LabelText = $"no {prompt.Text}" }, PhraseKind.Denied));
                }
            }
        }

        return new GeneralisedSet(
            "phantom",
            cases,
            [
                $"Each image was asked for its own findings, for those with another side, height or pathology, for "
                    + $"{CalibrationSet.ForeignPhrases} findings of other images (seed {seed}; what is unclear was left out), "
                    + $"and for up to {denials} denials.",
            ]
        );
    }

    private static GeneralisedSet OfPadChest(DatasetSource source, ImageFolder? images, LocationAtlas atlas) =>
        PadChestGrSentences.Read(source, new AnnotationInput(source, AnnotatedImages.SizeSource(source.Sizes, images), atlas, images).Size);

    private static PhraseKind KindOf(PhraseTruth truth) =>
        truth switch
        {
            PhraseTruth.Supported => PhraseKind.Supported,
            PhraseTruth.OtherSide => PhraseKind.OtherSide,
            PhraseTruth.OtherPlace => PhraseKind.OtherPlace,
            PhraseTruth.OtherPathology => PhraseKind.OtherPathology,
            PhraseTruth.Absent => PhraseKind.Absent,
            _ => throw new ArgumentOutOfRangeException(nameof(truth), truth, "an unclear phrase is not asked"),
        };
}
