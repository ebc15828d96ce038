using System.Globalization;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding.Attention;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding.Confidence;

/// <summary>Asks how likely an image supports phrases, where the bundle can tell (docs/confidence.md).</summary>
internal sealed class SupportQuestion
{
    private readonly GroundingModel _model;
    private readonly bool _isAsked;
    private readonly ConfidenceCalibration? _calibration;
    private readonly SupportProbe? _probe;
    private readonly ReferencePhrases? _references;

    /// <summary>Prepares the question.</summary>
    /// <param name="model">The model; not taken over.</param>
    /// <param name="isAsked">Whether a confidence is wanted.</param>
    /// <param name="memoryBudget">Memory of a batch of evaluations, MiB.</param>
    public SupportQuestion(GroundingModel model, bool isAsked, int memoryBudget)
    {
        _model = model;
        _isAsked = isAsked;
        if (isAsked && model.Calibration is { } calibration)
        {
            _calibration = calibration;
            _probe = new SupportProbe(model, calibration.Probe, ProbeBatch(model, calibration.Probe.Samples, memoryBudget));
            _references = calibration.References is { } texts ? new ReferencePhrases(model, _probe, texts) : null;
        }
    }

    /// <summary>Whether the bundle was calibrated, and a confidence is wanted.</summary>
    public bool IsCalibrated => _calibration is not null;

    /// <summary>Evaluations of the whole U-Net for a phrase, and once per image; 0 where none is computed.</summary>
    public int Samples => _probe?.Samples ?? 0;

    /// <summary>Evaluations of the whole U-Net, once per image, for the phrases that others are compared with.</summary>
    public int ReferenceSamples => Samples * (_references?.Count ?? 0);

    /// <summary>Whether the question is asked with a noise, so that what others measured with it need not be measured again.</summary>
    public bool IsAskedWith(IReadOnlyList<int> timesteps, long seed) =>
        _calibration is { } calibration && calibration.Probe.Seed == seed && calibration.Probe.Timesteps.SequenceEqual(timesteps);

    /// <summary>
    /// The standard prompt of each phrase and, where it names a place and the bundle can tell, how likely the image supports it.
    /// </summary>
    public IReadOnlyList<PhraseSupport> Ask(
        ImageTrajectory trajectory,
        EncodedPhrase[] phrases,
        PromptContext[] prompts,
        IReadOnlyList<PredictionGain>? measured,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        // The prompt is that of the text the model sees, so that map, box and confidence speak of the same thing.
        StandardPrompt?[] read = [.. phrases.Select(phrase => PromptOf(phrase.Phrase) is null ? null : PromptOf(phrase.Text))];
        ConfidenceGap?[] gaps = [.. phrases.Select((phrase, i) => GapOf(phrase, read[i]))];
        int[] asked = [.. Enumerable.Range(0, read.Length).Where(i => gaps[i] is null)];
        PhraseConfidence?[] confidences = new PhraseConfidence?[read.Length];
        if (asked.Length > 0)
        {
            ProbedImage image = _probe!.Of(trajectory, cancellationToken);
            if (_calibration!.ImageError.IsBeyond(image.Error))
            {
                string warning = Unfamiliar(image.Error);
                return [.. read.Select((prompt, i) => new PhraseSupport(prompt, null, gaps[i] ?? ConfidenceGap.UnfamiliarImage, warning))];
            }

            IReadOnlyList<PredictionGain> gains = measured is not null
                ? [.. asked.Select(i => measured[i])]
                : _probe.Measure(image, [.. asked.Select(i => prompts[i].HiddenStates)], progress, cancellationToken);
            IReadOnlyList<double[]>? references = _references is null
                ? null
                : trajectory.Keep(nameof(ReferencePhrases), () => _references.Measure(image, cancellationToken));
            for (int k = 0; k < asked.Length; k++)
            {
                StandardPrompt prompt = read[asked[k]]!;
                double[] features = SupportFeatures.Of(gains[k], prompt.Locations, _model.Atlas);
                confidences[asked[k]] = _calibration.Model.Assess(
                    references is null ? features : _references!.Compare(prompt, features, references)
                );
            }
        }

        return [.. read.Select((prompt, i) => new PhraseSupport(prompt, confidences[i], gaps[i], null))];
    }

    private static StandardPrompt? PromptOf(string text) => StandardPrompt.TryParse(text, out StandardPrompt? prompt) ? prompt : null;

    /// <summary>Why a phrase gets no confidence; null where it does.</summary>
    private ConfidenceGap? GapOf(EncodedPhrase phrase, StandardPrompt? seen) =>
        _probe is null ? (_isAsked ? ConfidenceGap.NotCalibrated : ConfidenceGap.NotAsked)
        : PromptOf(phrase.Phrase) is not { } asked ? ConfidenceGap.NoPathology
        : asked != seen ? ConfidenceGap.WordsLeftOut
        : asked.Locations.Count == 0 ? ConfidenceGap.NoPlace
        : null;

    private string Unfamiliar(double error) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the image is unlike those that the bundle was calibrated on (error {error:0.000} without a phrase, there at most "
                + $"{_calibration!.ImageError.Limit:0.000}): whether it supports the phrase cannot be told"
        );

    /// <summary>
    /// A CPU gains nothing from more than a few at once; in the deterministic profile no batch holds evaluations of two phrases.
    /// </summary>
    internal static int ProbeBatch(GroundingModel model, int samples, int memoryBudget)
    {
        if (model.Deterministic)
        {
            return samples % 4 == 0 ? 4 : 2;
        }

        GridSize latents = GridSize.Square(model.Configuration.LatentSide);
        int fit = PromptAttention.BatchSize(memoryBudget, model.Configuration.UNet, latents);
        return model.Provider.Taken == ExecutionProvider.Cpu ? Math.Min(8, fit) : Math.Min(64, 8 * fit);
    }
}
