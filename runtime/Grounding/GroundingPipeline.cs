using System.Diagnostics;
using System.Globalization;
using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Confidence;
using CxrOnnx.Grounding.Evidence;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding;

/// <summary>
/// Radiograph and phrases in, heatmaps out. One image costs one inversion
/// (<see cref="Invert(GrayImage, IProgress{GroundingProgress}?, CancellationToken)"/>); every phrase on it then only the steps of the
/// window. Thread-safe.
/// </summary>
/// <remarks>arXiv:2404.12920, section III. The result equals the reference sampler's; what it computes in vain is left out.</remarks>
public sealed class GroundingPipeline
{
    private const int ImagesOnGpu = 8;
    private const int MostImages = 64;

    private readonly GroundingModel _model;
    private readonly GroundingOptions _options;
    private readonly GroundingPlan _plan;
    private readonly SupportQuestion _support;
    private readonly TrajectoryInverter _inverter;
    private readonly PromptAttention _attention;
    private readonly PromptSource _prompts;
    private readonly EvidenceQuestion? _evidence;
    private readonly PhraseResults _results;

    /// <summary>Creates a grounder on a loaded model.</summary>
    /// <param name="model">The model; not taken over.</param>
    /// <param name="options">How to ground; null = defaults.</param>
    /// <exception cref="InputException">The preset does not exist, or a number is out of range.</exception>
    public GroundingPipeline(GroundingModel model, GroundingOptions? options = null)
    {
        _model = model;
        _options = options ?? new GroundingOptions();
        if (_options.BoxThreshold is not (>= 0 and <= 1))
        {
            throw new InputException(FormattableString.Invariant($"box threshold {_options.BoxThreshold}: must lie in [0, 1]"));
        }

        if (_options.MemoryBudgetMebibytes < 1)
        {
            throw new InputException($"memory budget {_options.MemoryBudgetMebibytes} MiB: must be at least 1");
        }

        _plan = GroundingPlan.Of(model.Manifest, _options.Preset, model.Timesteps, model.Schedule);
        _inverter = new TrajectoryInverter(model);
        _attention = new PromptAttention(model, _options.PerToken, _options.MemoryBudgetMebibytes);
        _support = new SupportQuestion(model, _options.Confidence, _options.MemoryBudgetMebibytes);
        _prompts = new PromptSource(model);
        _evidence = _plan.Evidence is { } recipe ? new EvidenceQuestion(model, recipe, _prompts, _options.MemoryBudgetMebibytes) : null;
        _results = new PhraseResults(model, _plan, _options.BoxThreshold);
    }

    /// <summary>The preset's steps.</summary>
    public GroundingPlan Plan => _plan;

    /// <summary>
    /// Whether results have a <see cref="PhraseGrounding.Confidence"/>: the bundle was calibrated, and the options ask for it.
    /// </summary>
    public bool IsCalibrated => _support.IsCalibrated;

    /// <summary>
    /// Evaluations of the whole U-Net for the confidence and the evidence of a text, and once per image; 0 where neither is computed. An
    /// evidence map asks further texts besides the phrase; <see cref="GroundingProvenance.SupportEvaluations"/> counts them all.
    /// </summary>
    public int SupportSamples =>
        _evidence is null ? _support.Samples
        : IsShared ? _evidence.Samples
        : _evidence.Samples + _support.Samples;

    /// <summary>
    /// Of <see cref="SupportSamples"/> those for evidence maps; 0 where the preset makes none. The confidence uses them too where it asks
    /// with the same noise.
    /// </summary>
    public int EvidenceSamples => _evidence?.Samples ?? 0;

    private bool IsShared => _evidence is not null && _support.IsAskedWith(_evidence.Recipe.Timesteps, _evidence.Recipe.Seed);

    /// <summary>
    /// Phrases that need neither tokenizer nor text encoder, because the bundle carries their states; empty for most bundles.
    /// </summary>
    public IReadOnlyList<string> StoredPhrases => [.. _model.StoredPhrases?.Phrases.Select(phrase => phrase.Phrase) ?? []];

    /// <summary>Inverts a radiograph.</summary>
    /// <param name="image">The radiograph, values in [0,1].</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <returns>
    /// The trajectory, for any number of
    /// <see cref="Ground(ImageTrajectory, IReadOnlyList{string}, IProgress{GroundingProgress}?, CancellationToken)"/>.
    /// </returns>
    /// <exception cref="InputException">The image cannot be used.</exception>
    /// <exception cref="ArtifactException">The model's output is not a number, or a graph does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ImageTrajectory Invert(
        GrayImage image,
        IProgress<GroundingProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        return Invert([image], progress, cancellationToken)[0];
    }

    /// <summary>How many images to invert together.</summary>
    /// <param name="wanted">Asked for; null = what the provider gains from: 1 on the CPU, 8 on a GPU.</param>
    /// <exception cref="InputException">Not between 1 and 64, or more than one where the model is deterministic.</exception>
    public int ImagesAtOnce(int? wanted)
    {
        CheckImagesAtOnce(wanted, _model.Deterministic);
        return wanted ?? (_model.Provider.Taken == ExecutionProvider.Cpu ? 1 : ImagesOnGpu);
    }

    /// <summary>Checks a wish for <see cref="ImagesAtOnce"/> before a model is loaded.</summary>
    /// <param name="wanted">Asked for, or null.</param>
    /// <param name="deterministic">Whether the model will be loaded with <see cref="GroundingModelOptions.Deterministic"/>.</param>
    /// <exception cref="InputException">Not between 1 and 64, or more than one where the model is deterministic.</exception>
    public static void CheckImagesAtOnce(int? wanted, bool deterministic)
    {
        if (wanted is < 1 or > MostImages)
        {
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"`images-at-once` {wanted}: must lie between 1 and {MostImages}")
            );
        }

        if (wanted > 1 && deterministic)
        {
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"`images-at-once` {wanted} with `deterministic`: the bytes then depend on the other images; give 1"
                )
            );
        }
    }

    /// <summary>Inverts radiographs together: one evaluation of the U-Net takes all of them.</summary>
    /// <param name="images">The radiographs, at least one, values in [0,1]; their sizes may differ.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <returns>
    /// Their trajectories, in order. They are those of one by one up to the order in which sums are carried out (1e-5 of the latents);
    /// times are each image's share.
    /// </returns>
    /// <exception cref="InputException">There is no image, or one cannot be used.</exception>
    /// <exception cref="ArtifactException">The model's output is not a number, or a graph does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<ImageTrajectory> Invert(
        IReadOnlyList<GrayImage> images,
        IProgress<GroundingProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        if (images.Count == 0)
        {
            throw new InputException("there is no image to invert");
        }

        int side = _model.Configuration.Image.Size;
        (float[] Image, ImageTransform? Transform)[] inputs =
        [
            .. images.Select(image =>
            {
                ImageTransform transform = new(image.Size, side);
                return (Preprocessor.ToModelInput(image, transform), (ImageTransform?)transform);
            }),
        ];
        return _inverter.Invert(inputs, GridSize.Square(side), _model.EmptyPromptStates.ToArray(), _plan, progress, cancellationToken);
    }

    /// <summary>Inverts a model input with a given unconditional context: the border that parity cases use.</summary>
    /// <param name="image">float32 [1, 1, H, W] in [0,1], row-major.</param>
    /// <param name="size">H and W.</param>
    /// <param name="unconditional">Hidden states of the empty prompt, float32 [1, S, W].</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="InputException">A size does not fit the model.</exception>
    public ImageTrajectory Invert(
        float[] image,
        GridSize size,
        float[] unconditional,
        IProgress<GroundingProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        int wanted = _model.Configuration.TextEncoder.MaxPositionEmbeddings * _model.Configuration.UNet.CrossAttentionDim;
        if (unconditional.Length != wanted)
        {
            throw new InputException(
                $"unconditional context with {unconditional.Length} values: bundle {_model.Manifest.Id} needs {wanted}"
            );
        }

        return _inverter.Invert([(image, null)], size, unconditional, _plan, progress, cancellationToken)[0];
    }

    /// <summary>Grounds encoded prompts: heatmaps on the model's square.</summary>
    /// <param name="trajectory">
    /// Of <see cref="Invert(float[], GridSize, float[], IProgress{GroundingProgress}?, CancellationToken)"/> or its overload.
    /// </param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <returns>One result per prompt, in order.</returns>
    /// <exception cref="InputException">The trajectory belongs to another bundle or preset, or a context has the wrong size.</exception>
    public IReadOnlyList<PromptMap> Ground(
        ImageTrajectory trajectory,
        IReadOnlyList<PromptContext> prompts,
        IProgress<GroundingProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        CheckTrajectory(trajectory);
        IReadOnlyList<PromptMap> maps = _attention.Ground(trajectory, prompts, progress, cancellationToken);
        return _evidence is null
            ? maps
            : [.. _evidence.Join(trajectory, prompts, maps, progress, cancellationToken).Select(joined => joined.Map)];
    }

    /// <summary>Grounds encoded prompts with a preset of evidence maps, with the prompts' scores; for parity cases.</summary>
    internal IReadOnlyList<(PromptMap Map, double Score)> GroundWithScores(
        ImageTrajectory trajectory,
        IReadOnlyList<PromptContext> prompts,
        CancellationToken cancellationToken
    )
    {
        CheckTrajectory(trajectory);
        IReadOnlyList<PromptMap> maps = _attention.Ground(trajectory, prompts, null, cancellationToken);
        return _evidence!.Join(trajectory, prompts, maps, null, cancellationToken);
    }

    /// <summary>Grounds phrases on an image.</summary>
    /// <param name="trajectory">The image's trajectory.</param>
    /// <param name="phrases">The phrases.</param>
    /// <param name="progress">Told after each batch.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <returns>One result per phrase, in order.</returns>
    /// <exception cref="InputException">
    /// A phrase is empty or unknown, the bundle has no tokenizer, or the trajectory is of another bundle, another preset or a bare model
    /// input.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<PhraseGrounding> Ground(
        ImageTrajectory trajectory,
        IReadOnlyList<string> phrases,
        IProgress<GroundingProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        if (phrases.Count == 0)
        {
            return [];
        }

        ImageTransform transform =
            trajectory.Transform
            ?? throw new InputException("the trajectory was computed from a bare model input: there is no original image to draw on");
        CheckTrajectory(trajectory);
        Stopwatch watch = Stopwatch.StartNew();
        EncodedPhrase[] asked = [.. phrases.Select(_prompts.Encode)];
        EvidenceCandidates[] candidates = _evidence?.Candidates(asked) ?? [];
        EncodedPhrase[] texts = _evidence is null ? asked : [.. candidates.SelectMany(item => item.All).DistinctBy(text => text.Text)];
        PromptContext[] prompts = _prompts.States(texts, cancellationToken);
        progress?.Report(new GroundingProgress(GroundingStage.EncodeText, phrases.Count, phrases.Count));
        TimeSpan text = watch.Elapsed / phrases.Count;
        watch.Restart();
        IReadOnlyList<PromptMap> maps = _attention.Ground(trajectory, prompts, progress, cancellationToken);
        TimeSpan attention = watch.Elapsed / phrases.Count;
        watch.Restart();
        PhraseAnswer[] answers = _evidence is null
            ? [.. asked.Select((phrase, i) => new PhraseAnswer(phrase, phrase, prompts[i], maps[i], null, null, 1))]
            : _evidence.Weigh(trajectory, asked, candidates, texts, prompts, maps, progress, cancellationToken);
        IReadOnlyList<PhraseSupport> support = _support.Ask(
            trajectory,
            [.. answers.Select(answer => answer.Grounded)],
            [.. answers.Select(answer => answer.Prompt)],
            IsShared ? [.. answers.Select(answer => answer.Gain!)] : null,
            progress,
            cancellationToken
        );
        GroundingTimings timings = new(trajectory.EncodeTime, trajectory.InversionTime, text, attention, watch.Elapsed / phrases.Count);
        return
        [
            .. answers.Select(
                (answer, i) => _results.Of(answer, support[i], Evaluations(answer, support[i]), trajectory, transform, timings)
            ),
        ];
    }

    /// <summary>
    /// Phrase -> token ids, as
    /// <see cref="Ground(ImageTrajectory, IReadOnlyList{string}, IProgress{GroundingProgress}?, CancellationToken)"/> does it.
    /// </summary>
    /// <exception cref="InputException">The phrase is empty or unknown, or the bundle has no tokenizer.</exception>
    public EncodedPhrase Encode(string phrase) => _prompts.Encode(phrase);

    private void CheckTrajectory(ImageTrajectory trajectory)
    {
        if (trajectory.BundleId != _model.Manifest.Id || trajectory.Plan.Preset != _plan.Preset)
        {
            throw new InputException(
                $"the trajectory is of bundle {trajectory.BundleId}, preset {trajectory.Plan.Preset}; this grounder uses bundle "
                    + $"{_model.Manifest.Id}, "
                    + $"preset {_plan.Preset}: invert the image again"
            );
        }
    }

    /// <summary>Evaluations of the whole U-Net for evidence and confidence: for the phrase, and once per image.</summary>
    private (int Phrase, int Image) Evaluations(PhraseAnswer answer, PhraseSupport support)
    {
        bool asked = support.Confidence is not null;
        int phrase = (EvidenceSamples * answer.Texts) + (asked && !IsShared ? _support.Samples : 0);
        int image = answer.Evidence is null && !asked ? 0 : SupportSamples + (asked ? _support.ReferenceSamples : 0);
        return (phrase, image);
    }
}
