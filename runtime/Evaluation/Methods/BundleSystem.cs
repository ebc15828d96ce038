using System.Text;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Evaluation.Datasets;
using CxrOnnx.Evaluation.Mimic;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Evaluation.Methods;

/// <summary>
/// A bundle as a system under evaluation. The cases of an image come one after the other, so its trajectory is computed once (with those
/// of the images that come next, where several go at once), all its phrases are grounded on it in batches, and both are forgotten when the
/// next image comes.
/// </summary>
public sealed class BundleSystem : IEvaluatedSystem, IDisposable
{
    private readonly Bundle _bundle;
    private readonly GroundingModel _model;
    private readonly GroundingPipeline _grounder;
    private readonly GroundingPipeline _perToken;
    private readonly ImageFolder _images;
    private readonly ImagesAhead _ahead;
    private readonly CasePrompts _prompts;
    private readonly ILookup<string, EvaluationCase> _casesOfImage;
    private readonly HashSet<CaseKey> _tokenCases;
    private readonly CancellationToken _cancellationToken;
    private readonly string _settings;
    private readonly Dictionary<CaseKey, IReadOnlyList<string>> _remarks = [];
    private readonly Dictionary<CaseKey, Prediction> _answers = [];
    private readonly Dictionary<CaseKey, IReadOnlyList<TokenSketch>> _tokens = [];
    private readonly SortedDictionary<string, int> _warnings = new(StringComparer.Ordinal);

    /// <summary>Opens a bundle.</summary>
    /// <param name="name">Name in the results.</param>
    /// <param name="path">Bundle folder or file.</param>
    /// <param name="preset">Preset.</param>
    /// <param name="model">What to run on.</param>
    /// <param name="prompts">The form of the prompts.</param>
    /// <param name="reports">Folder of the reports, where the form asks for them.</param>
    /// <param name="images">The data set's images.</param>
    /// <param name="cases">All cases that will be asked.</param>
    /// <param name="tokenCases">Those whose tokens' attention is wanted one by one.</param>
    /// <param name="imagesAtOnce">Images inverted together; null = what the provider gains from.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">The bundle, the provider or the preset cannot be used.</exception>
    public BundleSystem(
        string name,
        string path,
        string preset,
        GroundingModelOptions model,
        PromptForm prompts,
        string? reports,
        ImageFolder images,
        IReadOnlyList<EvaluationCase> cases,
        IEnumerable<EvaluationCase> tokenCases,
        int? imagesAtOnce,
        CancellationToken cancellationToken
    )
    {
        Name = name;
        _images = images;
        _casesOfImage = cases.ToLookup(item => item.ImageId);
        _tokenCases = [.. tokenCases.Select(item => item.Key)];
        _cancellationToken = cancellationToken;
        _bundle = Bundle.Open(path);
        try
        {
            _prompts = new CasePrompts(prompts, _bundle.Manifest.Vocabulary, reports is null ? null : new CaseReports(reports, images));
            _model = GroundingModel.Load(_bundle, model);
            GroundingOptions options = new() { Preset = preset, Confidence = false };
            _grounder = new GroundingPipeline(_model, options);
            _perToken = new GroundingPipeline(_model, options with { PerToken = true });
            _ahead = new ImagesAhead(_grounder, images, cases, _grounder.ImagesAtOnce(imagesAtOnce), cancellationToken);
            Description = string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"bundle {_bundle.Manifest.Id} ({_bundle.Manifest.Model.Name}, {_bundle.Manifest.Precision}), preset {preset}, "
                    + $"{_prompts.Description}, on {_model.Provider.Name}"
            );
            _settings = string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{Description}, {model.Math.Name()}, {_grounder.ImagesAtOnce(imagesAtOnce)} images at once, evidence "
                    + $"{_grounder.Plan.Evidence?.Fingerprint ?? "none"}"
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
    public bool IsThreadSafe => false;

    /// <summary>Evaluations of the whole U-Net so far.</summary>
    public long DenoiserEvaluations => _model.DenoiserEvaluations;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes =>
        [
            .. _prompts.WithoutSentence > 0
                ?
                [
                    $"{_prompts.WithoutSentence} {(_prompts.WithoutSentence == 1 ? "phrase" : "phrases")} asked as annotated: no "
                        + $"sentence of their report speaks of the class.",
                ]
                : Array.Empty<string>(),
            .. _warnings
                .OrderByDescending(entry => entry.Value)
                .Take(5)
                .Select(entry => $"{entry.Value} {(entry.Value == 1 ? "phrase" : "phrases")}: {entry.Key}."),
        ];

    /// <summary>The attention of each token, for the cases it was asked for; complete once every case was answered.</summary>
    public IReadOnlyDictionary<CaseKey, IReadOnlyList<TokenSketch>> Tokens => _tokens;

    /// <summary>Everything that decides an answer but the image: the bundle, how it runs, and the words of every case.</summary>
    /// <param name="cases">All cases.</param>
    /// <exception cref="InputException">A report that words come from cannot be read.</exception>
    public string Binding(IReadOnlyList<EvaluationCase> cases) =>
        $"{_settings}, words {Sha256.OfBytes(Encoding.UTF8.GetBytes(string.Join('\n', cases.Select(_prompts.Of))))[..16]}";

    /// <summary>What was odd about an answered case, one sentence each.</summary>
    public IReadOnlyList<string> RemarksOn(EvaluationCase item) => _remarks.GetValueOrDefault(item.Key) ?? [];

    /// <summary>Takes over what an earlier run found besides the score, so that notes and tokens are whole.</summary>
    /// <param name="item">The case.</param>
    /// <param name="remarks">Its <see cref="RemarksOn"/>.</param>
    /// <param name="tokens">Its attention per token; null where it was not asked for.</param>
    public void Restore(EvaluationCase item, IReadOnlyList<string> remarks, IReadOnlyList<TokenSketch>? tokens)
    {
        Remark(item, remarks);
        if (tokens is not null)
        {
            _tokens[item.Key] = tokens;
        }
    }

    /// <summary>Checks that every image can be used and every phrase encoded, before hours are spent. Finds all that is wrong.</summary>
    /// <exception cref="CxrOnnxException">Something is.</exception>
    public void Check(IReadOnlyList<EvaluationCase> cases)
    {
        InputProblems problems = new();
        foreach (EvaluationCase item in cases.DistinctBy(item => item.ImageId))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            problems.Try(() => _images.Check(item));
        }

        foreach (EvaluationCase item in cases)
        {
            problems.Try(() => _ = _grounder.Encode(_prompts.Of(item)));
        }

        problems.ThrowIfAny("nothing was computed");
    }

    /// <inheritdoc/>
    public Prediction Answer(EvaluationCase item)
    {
        if (!_answers.Remove(item.Key, out Prediction? answer))
        {
            _answers.Clear();
            Ground([.. _casesOfImage[item.ImageId]]);
            _answers.Remove(item.Key, out answer);
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

    private void Ground(IReadOnlyList<EvaluationCase> cases)
    {
        string[] phrases = [.. cases.Select(item => _prompts.Of(item))];
        string[] distinct = [.. phrases.Distinct()];
        using ImageTrajectory trajectory = _ahead.Take(cases[0]);
        IReadOnlyList<PhraseGrounding> groundings = _grounder.Ground(trajectory, distinct, null, _cancellationToken);
        for (int i = 0; i < cases.Count; i++)
        {
            PhraseGrounding grounding = groundings[Array.IndexOf(distinct, phrases[i])];
            _answers[cases[i].Key] = Prediction.Of(grounding.Heatmap);
            Remark(cases[i], grounding.Warnings);
            if (_tokenCases.Contains(cases[i].Key))
            {
                _tokens[cases[i].Key] =
                [
                    .. _perToken
                        .Ground(trajectory, [phrases[i]], null, _cancellationToken)[0]
                        .Tokens.Select(token => new TokenSketch(
                            token.Token.Replace("</w>", "", StringComparison.Ordinal),
                            PredictionSketch.Of(token.Heatmap)
                        )),
                ];
            }
        }
    }

    private void Remark(EvaluationCase item, IReadOnlyList<string> remarks)
    {
        // An image that is gone on with has some of its phrases from an earlier run: they are counted once.
        if (!_remarks.TryAdd(item.Key, remarks))
        {
            return;
        }

        foreach (string remark in remarks)
        {
            string text = remark.TrimEnd('.');
            _warnings[text] = _warnings.GetValueOrDefault(text) + 1;
        }
    }
}
