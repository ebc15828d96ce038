using CxrOnnx.Core;
using CxrOnnx.Evaluation.Mimic;

namespace CxrOnnx.Lab.Curation;

/// <summary>Which images belong to a study, which were left out, and why.</summary>
internal sealed class StudyImages
{
    private readonly ILookup<string, StudyImage> _kept;
    private readonly HashSet<string> _withImages;
    private readonly IReadOnlyList<ExcludedPatients> _excluded;

    private StudyImages(
        IReadOnlyList<StudyImage> kept,
        HashSet<string> withImages,
        SortedDictionary<string, int> leftOut,
        IReadOnlyList<ExcludedPatients> excluded,
        List<string> notes
    )
    {
        _kept = kept.ToLookup(image => image.StudyId);
        _withImages = withImages;
        _excluded = excluded;
        Kept = kept.Count;
        LeftOut = leftOut;
        Notes = notes;
    }

    /// <summary>Number of images that may be used.</summary>
    public int Kept { get; }

    /// <summary>Number of images left out, by reason; each image has one, the first that holds.</summary>
    public SortedDictionary<string, int> LeftOut { get; }

    /// <summary>What a user of the set should know of the choice.</summary>
    public List<string> Notes { get; }

    /// <summary>The images of a study that may be used; empty if it has none.</summary>
    public IEnumerable<StudyImage> this[string study] => _kept[study];

    /// <summary>Whether a study has images, usable or not.</summary>
    public bool HasAny(string study) => _withImages.Contains(study);

    /// <summary>The name of the file that excludes a report by its patient or study, or null.</summary>
    public string? Excludes(string? patient, string study) => _excluded.FirstOrDefault(file => file.Contains(patient, study))?.Name;

    /// <summary>Lists the images and chooses among them.</summary>
    /// <exception cref="InputException">A file is wrong, or the views cannot be told apart.</exception>
    public static StudyImages Choose(ImageSelection selection)
    {
        List<string> notes = [];
        ImageTree? tree = selection.Folder is null ? null : ImageTree.Open(selection.Folder);
        MimicMetadata? metadata = OpenMetadata(selection, tree, notes);
        SortedDictionary<string, int> leftOut = new(StringComparer.Ordinal);
        List<(StudyImage Image, string? View)> images = [.. Listed(tree, metadata, leftOut, notes)];
        Dictionary<string, StudyImage> byId = new(StringComparer.OrdinalIgnoreCase);
        foreach ((StudyImage image, _) in images)
        {
            byId.TryAdd(image.ImageId, image);
        }

        // The metadata knows the patients of images that are not here.
        StudyImage? Find(string id) =>
            metadata is not null && metadata.TryFind(id, out MimicImage? found)
                ? new StudyImage(found.ImageId, found.Path, found.StudyId, found.PatientId)
                : byId.GetValueOrDefault(id);
        OfficialSplit? split = selection.OfficialSplit is null
            ? null
            : OfficialSplit.Load(selection.OfficialSplit, id => Find(id)?.PatientId);
        if (split is null && metadata is not null)
        {
            string beside = MimicMetadata.Beside(selection.Folder ?? Path.GetDirectoryName(metadata.Source)!, "split") is { } found
                ? $" (--official-split {found})"
                : "";
            notes.Add($"official split: none given{beside}; patients of the official test part may be in the set");
        }

        bool haveStudies = metadata is not null || images.Any(item => item.Image.PatientId is not null);
        ExcludedPatients[] excluded = [.. selection.Exclude.Select(file => ExcludedPatients.Load(file, Find, haveStudies))];
        foreach (ExcludedPatients file in excluded)
        {
            int here = images
                .Where(item => file.Contains(item.Image))
                .Select(item => item.Image.PatientId ?? item.Image.StudyId)
                .Distinct()
                .Count();
            notes.Add($"{file.Name}: {file.Count} patients, {here} of them among the images");
        }

        HashSet<string> withImages = [];
        List<StudyImage> kept = [];
        foreach ((StudyImage image, string? view) in images)
        {
            withImages.Add(image.StudyId);
            string? part = split?.PartOf(image);
            string? reason =
                excluded.FirstOrDefault(file => file.Contains(image)) is { } file ? $"patient of {file.Name}"
                : part == OfficialSplit.Test ? "official test part"
                : split is not null && part is null ? "not in the official split"
                : view is null || selection.KeptViews.Count == 0 || selection.KeptViews.Contains(view, StringComparer.OrdinalIgnoreCase)
                    ? null
                : view.Length == 0 ? "view not given"
                : $"view {view}";
            if (reason is null)
            {
                kept.Add(image with { Split = selection.SplitDecidesValidation ? part : null });
            }
            else
            {
                leftOut[reason] = leftOut.GetValueOrDefault(reason) + 1;
            }
        }

        return new StudyImages(kept, withImages, leftOut, excluded, notes);
    }

    private static MimicMetadata? OpenMetadata(ImageSelection selection, ImageTree? tree, List<string> notes)
    {
        string? file = selection.Metadata;
        if (file is null && tree is { IsOfStudies: true } && MimicMetadata.Beside(selection.Folder!) is { } found)
        {
            notes.Add($"metadata: {found}, found beside the images");
            file = found;
        }

        bool wantsViews = selection.Views is not { Count: 0 };
        if (file is not null)
        {
            MimicMetadata metadata = MimicMetadata.Load(file);
            return metadata.HasViews || !wantsViews
                ? metadata
                : throw new InputException(
                    $"{file}: no column ViewPosition, by which frontal views are chosen; give --views all to take all"
                );
        }

        if (selection.Views is { Count: > 0 })
        {
            throw new InputException("--views wants --metadata, which knows the views");
        }

        if (wantsViews && tree!.IsOfStudies)
        {
            throw new InputException(
                $"{selection.Folder}: holds studies with all their views, and lateral ones cannot be told apart without --metadata "
                    + $"(mimic-cxr-2.0.0-metadata.csv.gz); give it, or --views all to take every image"
            );
        }

        notes.Add(wantsViews ? "views: not known without --metadata; every image counts as frontal" : "views: all");
        return null;
    }

    private static IEnumerable<(StudyImage Image, string? View)> Listed(
        ImageTree? tree,
        MimicMetadata? metadata,
        SortedDictionary<string, int> leftOut,
        List<string> notes
    )
    {
        if (metadata is null)
        {
            return tree!.Images.Select(image => (image, (string?)null));
        }

        if (tree is null)
        {
            return metadata.Images.Select(image =>
                (new StudyImage(image.ImageId, image.Path, image.StudyId, image.PatientId), (string?)image.View)
            );
        }

        List<(StudyImage, string?)> listed = [];
        foreach (StudyImage file in tree.Images)
        {
            if (!metadata.TryFind(file.ImageId, out MimicImage? image))
            {
                leftOut["not in the metadata"] = leftOut.GetValueOrDefault("not in the metadata") + 1;
            }
            else if (file.PatientId is not null && file.PatientId != image.PatientId)
            {
                throw new InputException(
                    $"{metadata.Source}: image {image.ImageId} is of {image.PatientId}, its file {file.Path} lies in another "
                        + $"patient's folder; "
                        + $"mend the wrong one"
                );
            }
            else
            {
                listed.Add((file with { StudyId = image.StudyId, PatientId = image.PatientId }, image.View));
            }
        }

        int absent = metadata.Images.Count - listed.Select(item => item.Item1.ImageId).Distinct(StringComparer.OrdinalIgnoreCase).Count();
        if (absent > 0)
        {
            notes.Add($"metadata: {absent} of {metadata.Images.Count} images have no file below the folder");
        }

        return listed;
    }
}
