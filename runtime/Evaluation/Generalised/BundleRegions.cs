using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Methods;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Evaluation.Generalised;

/// <summary>
/// A bundle in the generalised task, asked as <c>cxr ground</c> asks it: phrases are read, denied ones get no region, and the bundle's
/// confidence decides whether the others do. A region's score is the phrase's confidence times the region's maximum as a share of the
/// map's.
/// </summary>
/// <remarks>
/// A phrase's highest score is so its confidence. A phrase whose confidence is not known counts as even
/// odds, 0.5, and keeps its regions; a note says how many and why.
/// </remarks>
public sealed class BundleRegions : IRegionSystem, IDisposable
{
    private const double UnknownConfidence = 0.5;

    private readonly Bundle _bundle;
    private readonly GroundingModel _model;
    private readonly GroundingPipeline _grounder;
    private readonly ImageFolder _images;
    private readonly ImagesAhead _ahead;
    private readonly ILookup<string, GeneralisedCase> _casesOfImage;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<CaseKey, RegionAnswer> _answers = [];
    private readonly SortedDictionary<string, int> _remarks = new(StringComparer.Ordinal);

    /// <summary>Opens a bundle.</summary>
    /// <param name="name">Name in the results.</param>
    /// <param name="path">Bundle folder or file.</param>
    /// <param name="preset">Preset.</param>
    /// <param name="model">What to run on.</param>
    /// <param name="images">The data set's images.</param>
    /// <param name="cases">All phrases that will be asked, those of an image together.</param>
    /// <param name="imagesAtOnce">Images inverted together; null = what the provider gains from.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">The bundle, the provider or the preset cannot be used.</exception>
    public BundleRegions(
        string name,
        string path,
        string preset,
        GroundingModelOptions model,
        ImageFolder images,
        IReadOnlyList<GeneralisedCase> cases,
        int? imagesAtOnce,
        CancellationToken cancellationToken
    )
    {
        Name = name;
        _images = images;
        _casesOfImage = cases.ToLookup(item => item.Phrase.ImageId);
        _cancellationToken = cancellationToken;
        _bundle = Bundle.Open(path);
        try
        {
            _model = GroundingModel.Load(_bundle, model);
            GroundingOptions options = new() { Preset = preset };
            _grounder = new GroundingPipeline(_model, options);
            _ahead = new ImagesAhead(
                _grounder,
                images,
                [.. cases.Select(item => item.Phrase)],
                _grounder.ImagesAtOnce(imagesAtOnce),
                cancellationToken
            );
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"bundle {_bundle.Manifest.Id} ({_bundle.Manifest.Model.Name}, {_bundle.Manifest.Precision}), preset {preset}, on "
                    + $"{_model.Provider.Name}; regions above {options.BoxThreshold:0.##}, score = confidence x the region's maximum"
            );
        }
        catch
        {
            _model?.Dispose();
            _bundle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public bool IsBound => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes =>
        [
            .. _remarks
                .OrderByDescending(entry => entry.Value)
                .Take(5)
                .Select(entry => $"{entry.Value} {(entry.Value == 1 ? "phrase" : "phrases")}: {entry.Key}."),
        ];

    /// <inheritdoc/>
    public void Check(IReadOnlyList<GeneralisedCase> cases)
    {
        foreach (IGrouping<string, GeneralisedCase> image in cases.GroupBy(item => item.Phrase.ImageId))
        {
            _images.Check(image.First().Phrase);
        }

        (string? Text, string? Reason)[] read = [.. cases.Select(item => Read(item.Phrase.LabelText))];
        if (read.All(phrase => phrase.Text is null))
        {
            throw new InputException(
                $"system {Name}: none of the {cases.Count} phrases can be grounded with this bundle; the first, "
                    + $"\"{Excerpt.Of(cases[0].Phrase.LabelText)}\": {read[0].Reason}"
            );
        }
    }

    /// <inheritdoc/>
    public RegionAnswer Answer(GeneralisedCase item)
    {
        if (!_answers.Remove(item.Phrase.Key, out RegionAnswer? answer))
        {
            _answers.Clear();
            Ground([.. _casesOfImage[item.Phrase.ImageId]]);
            _answers.Remove(item.Phrase.Key, out answer);
        }

        return answer!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ahead.Dispose();
        _model.Dispose();
        _bundle.Dispose();
    }

    private void Ground(IReadOnlyList<GeneralisedCase> cases)
    {
        (string? Text, string? Reason)[] asked = [.. cases.Select(item => Read(item.Phrase.LabelText))];
        string[] texts = [.. asked.Select(phrase => phrase.Text).OfType<string>().Distinct()];
        using ImageTrajectory trajectory = _ahead.Take(cases[0].Phrase);
        IReadOnlyList<PhraseGrounding> groundings = _grounder.Ground(trajectory, texts, null, _cancellationToken);
        for (int i = 0; i < cases.Count; i++)
        {
            RegionAnswer answer = new([], IsWithheld: true);
            if (asked[i].Text is { } text)
            {
                PhraseGrounding grounding = groundings[Array.IndexOf(texts, text)];
                answer = RegionAnswer.Of(
                    HeatmapRegions.Of(grounding.Heatmap, grounding.BoxThreshold, grounding.Confidence?.Probability ?? UnknownConfidence),
                    grounding.Confidence?.Region == RegionSupport.NoRegion
                );
                if (grounding.Gap is { } gap)
                {
                    Remark(
                        $"confidence not known ({gap}); counted as even odds, {UnknownConfidence.ToString(CultureInfo.InvariantCulture)}"
                    );
                }
            }
            else
            {
                Remark(asked[i].Reason!);
            }

            _answers[cases[i].Phrase.Key] = answer;
        }
    }

    /// <summary>What is grounded for a phrase, or why nothing is: a refusal is an answer without regions here.</summary>
    private (string? Text, string? Reason) Read(string phrase)
    {
        try
        {
            AskedPhrase asked = AskedPhrase.Read(phrase, _grounder);
            return asked.Text is { } text ? (text, null)
                : asked.Refusal is { } refusal ? (null, $"refused ({refusal.Kind}), so no region")
                : (null, "says that it is not there, so no region");
        }
        catch (InputException)
        {
            return (null, "cannot be read by the bundle (no known word, or no tokenizer), so no region");
        }
    }

    private void Remark(string remark) => _remarks[remark] = _remarks.GetValueOrDefault(remark) + 1;
}
