using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>
/// Which phrases an annotated data set is asked, for a calibration and for the generalised task: the findings of each image, which are
/// supported, and phrases that are not. The annotations must be exhaustive: as the phantom's are, whose unnamed images have no finding, or
/// VinDr-CXR's, which name every image that was read.
/// </summary>
/// <remarks>
/// Unsupported phrases are the findings of other images, drawn as often as they occur, so that supported and unsupported ones are the same
/// phrases and nothing but the image tells them apart; and the image's own findings with another side, height or pathology, which are the
/// hard ones.
/// </remarks>
public sealed class CalibrationSet
{
    /// <summary>How many findings of other images are tried on each image.</summary>
    public const int ForeignPhrases = 8;

    private const string Phantom = "phantom";

    private readonly ImageFolder _images;
    private readonly ILookup<string, EvaluationCase> _findings;
    private readonly StandardPrompt[] _pool;
    private readonly LocationAtlas _atlas;
    private readonly ulong _seed;

    /// <summary>Reads a data set.</summary>
    /// <param name="source">Annotations that are exhaustive: a phantom's, or VinDr-CXR's with its labels of whole images.</param>
    /// <param name="images">Folder with the images.</param>
    /// <param name="atlas">Where locations lie.</param>
    /// <param name="seed">Decides which unsupported phrases are drawn.</param>
    /// <exception cref="InputException">A file is wrong, or no finding has a place.</exception>
    public CalibrationSet(DatasetSource source, string images, LocationAtlas atlas, ulong seed)
    {
        _images = new ImageFolder(images);
        _atlas = atlas;
        _seed = seed;
        EvaluationDataset dataset = AnnotatedImages.Load(source, _images, atlas);

        // A phantom's file names the images with findings only; VinDr-CXR's names all that were read, and nothing is known of others.
        ImageIds = source.Name == Phantom ? _images.Ids : [.. dataset.ImageIds.Order(StringComparer.Ordinal)];
        _findings = dataset.Cases.ToLookup(item => item.ImageId);
        _pool =
        [
            .. dataset.Cases.Select(PhraseLocations.StandardPromptOf).OfType<StandardPrompt>().Where(prompt => prompt.Locations.Count > 0),
        ];
        if (_pool.Length == 0)
        {
            throw new InputException($"{source.Annotations}: no phrase names a pathology and a location; calibration needs both");
        }
    }

    /// <summary>Identifiers of all images, in alphabetical order.</summary>
    public IReadOnlyList<string> ImageIds { get; }

    /// <summary>The findings that name a pathology and a place, as often as they occur.</summary>
    public IReadOnlyList<StandardPrompt> UsualPhrases => _pool;

    /// <summary>Finds out, without decoding pixels, whether an image can be read.</summary>
    /// <exception cref="InputException">It cannot.</exception>
    public void Check(string imageId) => _images.Check(imageId);

    /// <summary>File of an image.</summary>
    public string PathOf(string imageId) => _images.PathOf(imageId);

    /// <summary>The phrases of an image with what its findings say of them; unclear ones are left out.</summary>
    /// <param name="imageId">The image.</param>
    /// <param name="size">Its size.</param>
    public IReadOnlyList<(StandardPrompt Prompt, PhraseTruth Truth)> PhrasesOf(string imageId, ImageSize size)
    {
        (IReadOnlyList<StandardPrompt> findings, PhraseJudge judge) = Findings(imageId, size);
        SplitMix64 random = SplitMix64.OfStream(_seed, Hash(imageId));
        List<StandardPrompt> asked = [.. findings];
        foreach (StandardPrompt truth in findings)
        {
            asked.AddRange(
                DistractorPhrases.Of(truth, [.. findings.Where(other => other != truth)], random.Next()).Select(item => item.Prompt)
            );
        }

        for (int i = 0; i < ForeignPhrases; i++)
        {
            asked.Add(_pool[random.NextIndex(_pool.Length)]);
        }

        return
        [
            .. asked
                .Where(IsReadAsMeant)
                .DistinctBy(prompt => prompt.Text)
                .Select(prompt => (prompt, judge.Of(prompt)))
                .Where(item => item.Item2 != PhraseTruth.Unclear),
        ];
    }

    /// <summary>The boxes of an image's findings that a phrase says: of its pathology and its very locations.</summary>
    /// <param name="imageId">The image.</param>
    /// <param name="prompt">The phrase.</param>
    /// <returns>In image pixels, in the order of the file; empty where the image does not support the phrase.</returns>
    public IReadOnlyList<PixelBox> BoxesOf(string imageId, StandardPrompt prompt) =>
        [
            .. _findings[imageId]
                .Where(item =>
                    PhraseLocations.StandardPromptOf(item) is { } own
                    && own.Pathology == prompt.Pathology
                    && own.Locations.ToHashSet().SetEquals(prompt.Locations)
                )
                .SelectMany(item => item.Boxes)
                .Distinct(),
        ];

    /// <summary>
    /// The image's phrases of one side whose opposite is unsupported, with that opposite: what must change places when the image is
    /// mirrored.
    /// </summary>
    /// <param name="imageId">The image.</param>
    /// <param name="size">Its size.</param>
    public IReadOnlyList<(StandardPrompt Own, StandardPrompt Other)> OpposedSides(string imageId, ImageSize size)
    {
        (IReadOnlyList<StandardPrompt> findings, PhraseJudge judge) = Findings(imageId, size);
        return
        [
            .. findings
                .DistinctBy(prompt => prompt.Text)
                .Where(prompt => IsReadAsMeant(prompt) && judge.Of(prompt) == PhraseTruth.Supported && prompt.OtherSide is not null)
                .Select(prompt => (prompt, prompt.OtherSide!))
                .Where(pair => IsReadAsMeant(pair.Item2) && judge.Of(pair.Item2) is not (PhraseTruth.Supported or PhraseTruth.Unclear)),
        ];
    }

    private (IReadOnlyList<StandardPrompt> Prompts, PhraseJudge Judge) Findings(string imageId, ImageSize size)
    {
        (StandardPrompt Prompt, IReadOnlyList<PixelBox> Boxes)[] findings =
        [
            .. _findings[imageId]
                .Select(item => (Prompt: PhraseLocations.StandardPromptOf(item)!, item.Boxes))
                .Where(finding => finding.Prompt is not null),
        ];
        return ([.. findings.Select(finding => finding.Prompt)], new PhraseJudge(findings, size, _atlas));
    }

    /// <summary>
    /// Distractors are combined word by word; one that nobody would say, as "pulmonary pneumonia", is not read back as what it was made of.
    /// </summary>
    private static bool IsReadAsMeant(StandardPrompt prompt) =>
        prompt.Locations.Count > 0 && StandardPrompt.TryParse(prompt.Text, out StandardPrompt? read) && read == prompt;

    /// <summary>Which foreign phrases an image gets depends on its name alone, not on the other images of the set.</summary>
    private static ulong Hash(string text) => text.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL);
}
