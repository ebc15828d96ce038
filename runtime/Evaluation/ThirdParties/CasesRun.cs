using System.Globalization;
using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Evaluation.Datasets;

namespace CxrOnnx.Evaluation.ThirdParties;

/// <summary>
/// Carries out <c>cxr cases</c>: writes what another system must be asked so that its answers can be scored, one row per image and phrase.
/// </summary>
/// <param name="request">What to do.</param>
public sealed class CasesRun(CasesRequest request)
{
    /// <summary>The file it writes.</summary>
    public const string FileName = "cases.csv";

    private static readonly string[] Columns =
    [
        "image_id",
        "label_text",
        "category_name",
        "file",
        "image",
        "width",
        "height",
        "standard_prompt",
        .. ThirdPartyPrompts.Systems.Select(system => $"prompt_{system}"),
    ];

    /// <summary>Reads the data set and writes <c>cases.csv</c>.</summary>
    /// <returns>The rows and what a reader should know of the data set.</returns>
    /// <remarks>
    /// The first four columns are those of a <c>heatmaps.csv</c>. The annotated boxes are left out: a system must not see them.
    /// </remarks>
    /// <exception cref="InputException">A file is wrong, or images are missing; nothing is written then.</exception>
    public (IReadOnlyList<CaseRow> Rows, IReadOnlyList<string> Notes) Execute()
    {
        LocationAtlas atlas = request.Atlas is null ? LocationAtlas.Default : LocationAtlas.Load(request.Atlas);
        ImageFolder? images = request.Images is null ? null : new ImageFolder(request.Images);
        EvaluationDataset dataset = AnnotatedImages.Load(request.Source, images, atlas);
        CaseRow[] rows = [.. dataset.Cases.Select((item, index) => Row(item, index, images))];
        StringBuilder text = new();
        text.Append(CsvText.Line(Columns)).Append('\n');
        foreach (CaseRow row in rows)
        {
            text.Append(CsvText.Line(Fields(row))).Append('\n');
        }

        AtomicFile.WriteText(Path.Combine(request.Folder, FileName), text.ToString());
        return (rows, dataset.Notes);
    }

    private static CaseRow Row(EvaluationCase item, int index, ImageFolder? images) =>
        new(
            item.ImageId,
            item.LabelText,
            item.CategoryName,
            string.Create(CultureInfo.InvariantCulture, $"{index + 1:00000}.npy"),
            images is null ? "" : Path.GetFullPath(images.PathOf(item)),
            item.ImageSize,
            PhraseLocations.StandardPromptOf(item)?.Text ?? ""
        );

    private static IEnumerable<string> Fields(CaseRow row) =>
        [
            row.ImageId,
            row.LabelText,
            row.CategoryName,
            row.File,
            row.ImagePath,
            row.Size.Width.ToString(CultureInfo.InvariantCulture),
            row.Size.Height.ToString(CultureInfo.InvariantCulture),
            row.StandardPrompt,
            .. ThirdPartyPrompts.Systems.Select(system => ThirdPartyPrompts.Of(system, row.LabelText)),
        ];
}
