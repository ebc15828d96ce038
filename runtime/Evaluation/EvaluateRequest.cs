using CxrOnnx.Core;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Evaluation.Scores;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Evaluation;

/// <summary>What <c>cxr evaluate</c> is to do.</summary>
public sealed record EvaluateRequest
{
    private const int MostResamples = 1_000_000;
    private const int MostPictures = 1000;

    /// <summary>The annotations.</summary>
    public required DatasetSource Source { get; init; }

    /// <summary>Folder of the images, or null.</summary>
    public string? Images { get; init; }

    /// <summary>Which frame or page is read of files with several, from 1; null: such a file is refused.</summary>
    public int? Frame { get; init; }

    /// <summary>Bundles.</summary>
    public IReadOnlyList<NamedPath> Bundles { get; init; } = [];

    /// <summary>Folders of heatmaps.</summary>
    public IReadOnlyList<NamedPath> Heatmaps { get; init; } = [];

    /// <summary>Files of boxes.</summary>
    public IReadOnlyList<NamedPath> Boxes { get; init; } = [];

    /// <summary>What other systems see of an image, by the system's name.</summary>
    public IReadOnlyDictionary<string, ModelView> Crops { get; init; } = new Dictionary<string, ModelView>();

    /// <summary>What phrases count as that another system does not answer.</summary>
    public UnansweredPolicy Unanswered { get; init; }

    /// <summary>Names of baselines.</summary>
    public IReadOnlyList<string> Baselines { get; init; } = [];

    /// <summary>Publications whose averages are quoted.</summary>
    public IReadOnlyList<string> Quoted { get; init; } = [];

    /// <summary>The atlas, or null for the built-in one.</summary>
    public string? Atlas { get; init; }

    /// <summary>Bootstrap resamples.</summary>
    public int Resamples { get; init; } = 10_000;

    /// <summary>Seed of the resampling.</summary>
    public ulong Seed { get; init; }

    /// <summary>The bundles' presets: each bundle is a system once for each.</summary>
    public IReadOnlyList<string> Presets { get; init; } = ["exact"];

    /// <summary>What the bundles are asked with.</summary>
    public PromptForm Prompts { get; init; }

    /// <summary>
    /// Folder of report texts, by image (<c>IMAGE_ID.txt</c>) or by study as in MIMIC-CXR; for <see cref="PromptForm.Report"/>.
    /// </summary>
    public string? Reports { get; init; }

    /// <summary>Cases shown per system for each of best, median and worst.</summary>
    public int Examples { get; init; } = 1;

    /// <summary>Cases whose tokens are shown one by one.</summary>
    public int PerToken { get; init; }

    /// <summary>Requirements on the averages.</summary>
    public IReadOnlyList<EvaluationGate> Gates { get; init; } = [];

    /// <summary>What bundles run on.</summary>
    public GroundingModelOptions Model { get; init; } = new();

    /// <summary>
    /// Images whose inversions are computed together; null: as many as the provider gains from (see
    /// <see cref="Grounding.GroundingPipeline.ImagesAtOnce"/>).
    /// </summary>
    public int? ImagesAtOnce { get; init; }

    /// <summary>Folder for the results.</summary>
    public required string Folder { get; init; }

    /// <summary>Checks what can be checked before a file is read.</summary>
    /// <exception cref="InputException">Something is missing or out of range.</exception>
    public void Check()
    {
        if (Bundles.Count + Heatmaps.Count + Boxes.Count + Baselines.Count == 0)
        {
            throw new InputException(
                "nothing to evaluate; give `bundle` DIR, `heatmaps` DIR, `boxes` FILE or `baseline` oracle|prior|prior-wide"
            );
        }

        if (Baselines.Except(Methods.Baselines.Names).FirstOrDefault() is { } unknown)
        {
            throw new InputException($"`baseline` {unknown}: known are {string.Join(", ", Methods.Baselines.Names)}");
        }

        if (Resamples is < 1 or > MostResamples)
        {
            throw new InputException($"`bootstrap` {Resamples}: wanted 1 to {MostResamples}");
        }

        if (Images is null && Bundles.Count > 0)
        {
            throw new InputException("`bundle` looks at the images: give their folder with `images` DIR");
        }

        if (Prompts == PromptForm.Report != Reports is not null)
        {
            throw new InputException(
                "`prompts` report and `reports` DIR belong together: the folder with the reports, IMAGE_ID.txt or by study"
            );
        }

        if (PerToken is < 0 or > MostPictures || Examples is < 0 or > MostPictures)
        {
            throw new InputException($"`per-token` {PerToken}, `examples` {Examples}: wanted 0 to {MostPictures}");
        }

        if (PerToken > 0 && Bundles.Count == 0)
        {
            throw new InputException("`per-token` shows the tokens' attention of bundles: give at least one `bundle` DIR");
        }
    }
}
