using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Mimic;
using CxrOnnx.Workflows.Batch;

namespace CxrOnnx.Evaluation.Batches;

/// <summary>
/// An annotated data set as a batch: its images, and its phrases asked as <c>cxr evaluate --bundle</c> asks them, so that the heatmaps of
/// the batch give the same table through <c>cxr evaluate --heatmaps</c>.
/// </summary>
public sealed class DatasetBatch : IBatchSource
{
    private const string DatasetKey = "dataset";
    private const string AnnotationsKey = "annotations";
    private const string ImagesKey = "images";
    private const string SizesKey = "image-sizes";
    private const string AtlasKey = "atlas";
    private const string PromptsKey = "prompts";
    private const string ReportsKey = "reports";
    private const string FrameKey = "frame";

    private readonly string _dataset;
    private readonly string _images;
    private readonly Dictionary<string, string> _description;
    private readonly Dictionary<CaseKey, EvaluationCase> _cases = [];
    private CasePrompts? _prompts;

    /// <summary>Describes the batch; no file is read yet.</summary>
    /// <param name="dataset">One of <see cref="EvaluationDataset.KnownNames"/>.</param>
    /// <param name="annotations">The annotation file.</param>
    /// <param name="images">Folder of the images.</param>
    public DatasetBatch(string dataset, string annotations, string images)
    {
        _dataset = dataset;
        _images = images;
        Path = annotations;
        _description = new Dictionary<string, string>
        {
            [DatasetKey] = dataset,
            [AnnotationsKey] = System.IO.Path.GetFullPath(annotations),
            [ImagesKey] = System.IO.Path.GetFullPath(images),
        };
    }

    /// <summary>File with sizes of images, where the annotations have none; or null.</summary>
    public string? Sizes
    {
        get => _description.GetValueOrDefault(SizesKey);
        init => Describe(SizesKey, value is null ? null : System.IO.Path.GetFullPath(value));
    }

    /// <summary>The atlas for synthetic phrases; null for the built-in one.</summary>
    public string? Atlas
    {
        get => _description.GetValueOrDefault(AtlasKey);
        init => Describe(AtlasKey, value is null ? null : System.IO.Path.GetFullPath(value));
    }

    /// <summary>What phrases are asked with.</summary>
    public PromptForm Prompts
    {
        get => Enum.Parse<PromptForm>(_description.GetValueOrDefault(PromptsKey, nameof(PromptForm.Auto)), ignoreCase: true);
        init => Describe(PromptsKey, value.ToString().ToLowerInvariant());
    }

    /// <summary>Folder of the reports, for <see cref="PromptForm.Report"/>; or null.</summary>
    public string? Reports
    {
        get => _description.GetValueOrDefault(ReportsKey);
        init => Describe(ReportsKey, value is null ? null : System.IO.Path.GetFullPath(value));
    }

    /// <summary>Which frame or page is read of files with several, from 1; null: such a file is refused.</summary>
    public int? Frame
    {
        get => _description.TryGetValue(FrameKey, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : null;
        init => Describe(FrameKey, value?.ToString(CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Description => _description;

    /// <inheritdoc/>
    public bool HasHeatmapIndex => true;

    /// <inheritdoc/>
    public bool IsVerbatim => true;

    /// <summary>The source that a batch was begun with: a data set or a manifest.</summary>
    /// <param name="begun">What <c>batch.json</c> says.</param>
    /// <exception cref="InputException">It names neither.</exception>
    public static IBatchSource Of(BatchIdentity begun)
    {
        IReadOnlyDictionary<string, string> source = begun.Source;
        if (source.TryGetValue(BatchManifest.Kind, out string? manifest))
        {
            return new BatchManifest(manifest);
        }

        return
            source.TryGetValue(DatasetKey, out string? dataset)
            && source.TryGetValue(AnnotationsKey, out string? annotations)
            && source.TryGetValue(ImagesKey, out string? images)
            ? new DatasetBatch(dataset, annotations, images)
            {
                Sizes = source.GetValueOrDefault(SizesKey),
                Atlas = source.GetValueOrDefault(AtlasKey),
                Reports = source.GetValueOrDefault(ReportsKey),
                Prompts = Enum.Parse<PromptForm>(source.GetValueOrDefault(PromptsKey, nameof(PromptForm.Auto)), ignoreCase: true),
                Frame = source.TryGetValue(FrameKey, out string? frame) ? int.Parse(frame, CultureInfo.InvariantCulture) : null,
            }
            : throw new InputException($"{BatchIdentityFile.Name}: names neither a manifest nor a data set");
    }

    /// <inheritdoc/>
    public IReadOnlyList<BatchImage> Load()
    {
        if (Prompts == PromptForm.Report != Reports is not null)
        {
            throw new InputException("`prompts` report and `reports` DIR belong together: the folder with the reports, IMAGE_ID.txt");
        }

        ImageFolder folder = new(_images, Frame);
        LocationAtlas atlas = Atlas is null ? LocationAtlas.Default : LocationAtlas.Load(Atlas);
        EvaluationDataset dataset = AnnotatedImages.Load(new DatasetSource(_dataset, Path) { Sizes = Sizes }, folder, atlas);
        _cases.Clear();
        List<BatchImage> images = [];
        foreach (IGrouping<string, EvaluationCase> cases in dataset.Cases.GroupBy(item => item.ImageId))
        {
            foreach (EvaluationCase item in cases)
            {
                _cases[item.Key] = item;
            }

            InputProblems problems = new();
            string path = "";
            problems.Try(() => path = folder.PathOf(cases.First()));
            images.Add(
                new BatchImage(
                    images.Count,
                    cases.Key,
                    path,
                    [.. cases.Select(item => new BatchPhrase(item.LabelText, item.CategoryName)).Distinct()]
                )
                {
                    Frame = Frame,
                    Size = cases.First().ImageSize,
                    Problem = problems.Found.FirstOrDefault(),
                }
            );
        }

        return images;
    }

    /// <inheritdoc/>
    public string PromptOf(BatchImage image, BatchPhrase phrase, BundleVocabulary vocabulary)
    {
        _prompts ??= new CasePrompts(
            Prompts,
            vocabulary,
            Reports is null ? null : new CaseReports(Reports, new ImageFolder(_images, Frame))
        );
        return _prompts.Of(_cases[new CaseKey(image.Image, phrase.Phrase, phrase.Category!)]);
    }

    private void Describe(string key, string? value)
    {
        if (value is null)
        {
            _description.Remove(key);
        }
        else
        {
            _description[key] = value;
        }
    }
}
