using System.Diagnostics;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;
using CxrOnnx.Workflows.Phrases;

namespace CxrOnnx.Workflows.Ground;

/// <summary>One image grounded: the radiograph, the model that was used, and what was found.</summary>
public sealed record GroundRun
{
    /// <summary>The radiograph.</summary>
    public required Radiograph Radiograph { get; init; }

    /// <summary>The bundle's manifest.</summary>
    public required BundleManifest Manifest { get; init; }

    /// <summary>SHA-256 of the bundle's manifest.</summary>
    public required string BundleSha256 { get; init; }

    /// <summary>Whether the bundle can tell which phrases the image supports, and was asked to.</summary>
    public required bool IsCalibrated { get; init; }

    /// <summary>What it ran on.</summary>
    public required ProviderChoice Provider { get; init; }

    /// <summary>Preset and precision, and why these.</summary>
    public required ComputeChoice Choice { get; init; }

    /// <summary>Threads of an operator; 0 = one per physical core.</summary>
    public required int Threads { get; init; }

    /// <summary>One entry per phrase that was asked for, denied ones included.</summary>
    public required IReadOnlyList<PhraseAnswer> Answers { get; init; }

    /// <summary>What was grounded, in the order of <see cref="Answers"/>.</summary>
    public IReadOnlyList<PhraseGrounding> Phrases => [.. Answers.Select(answer => answer.Grounding).OfType<PhraseGrounding>()];

    /// <summary>Evaluations of the whole U-Net.</summary>
    public required long TrajectoryEvaluations { get; init; }

    /// <summary>Evaluations of the truncated U-Net.</summary>
    public required long AttentionEvaluations { get; init; }

    /// <summary>Evaluations of the whole U-Net on noised images, for confidences and evidence.</summary>
    public required long SupportEvaluations { get; init; }

    /// <summary>Time of text encoder, attention and confidence for all phrases, those that <c>--all</c> does not keep included.</summary>
    public required TimeSpan PhraseTime { get; init; }

    /// <summary>Time to open the bundle and read the image.</summary>
    public required TimeSpan LoadTime { get; init; }

    /// <summary>Reads the image, opens the bundle, and grounds.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Gets the finished share, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">Wrong image, phrase, bundle, preset or provider.</exception>
    public static GroundRun Execute(GroundRequest request, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ExecutionProvider provider = ExecutionProviders.Parse(request.Provider);
        if (request.Phrases.Any(string.IsNullOrWhiteSpace))
        {
            throw new InputException("a phrase is empty; give words such as \"left lower pneumonia\"");
        }

        Stopwatch watch = Stopwatch.StartNew();

        // Reading the image and opening the bundle wait for different things; a wrong image is the likelier mistake and is reported first.
        Task<Radiograph> reading = Task.Run(
            () =>
                RadiographReader.Read(request.Image, new RadiographReaderOptions { MaxPixels = request.MaxPixels, Frame = request.Frame }),
            cancellationToken
        );
        Bundle? opened = null;
        try
        {
            Exception? bundleFailure = null;
            try
            {
                opened = Bundle.Open(request.Bundle);
            }
            catch (CxrOnnxException exception)
            {
                bundleFailure = exception;
            }

            Radiograph radiograph = reading.GetAwaiter().GetResult();
            if (bundleFailure is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(bundleFailure);
            }

            return Ground(request, provider, radiograph, opened!, watch, progress, cancellationToken);
        }
        finally
        {
            opened?.Dispose();
        }
    }

    private static GroundRun Ground(
        GroundRequest request,
        ExecutionProvider provider,
        Radiograph radiograph,
        Bundle bundle,
        Stopwatch watch,
        IProgress<double>? progress,
        CancellationToken cancellationToken
    )
    {
        GroundingModelOptions options = new()
        {
            Provider = provider,
            ProviderLibrary = request.ProviderLibrary,
            Deterministic = request.Deterministic,
            Threads = request.Threads,
        };
        ComputeChoice choice = ComputeChoice.Resolve(bundle, options, request.Preset, request.Math);
        using GroundingModel model = GroundingModel.Load(bundle, options with { Math = choice.Math });
        GroundingPipeline grounder = new(
            model,
            new GroundingOptions
            {
                Preset = choice.Preset,
                BoxThreshold = request.Threshold,
                PerToken = request.PerToken,
                Confidence = request.Confidence,
            }
        );

        IReadOnlyList<AskedPhrase> asked = Ask(request, grounder);
        string[] texts = [.. asked.Select(phrase => phrase.Text).OfType<string>().Distinct()];
        TimeSpan loadTime = watch.Elapsed;
        ShareProgress? steps = progress is null ? null : new ShareProgress(progress, grounder, texts.Length);
        IReadOnlyList<PhraseGrounding> phrases = [];
        if (texts.Length > 0)
        {
            using ImageTrajectory trajectory = grounder.Invert(radiograph.Image, steps, cancellationToken);
            steps?.Begin(0, texts.Length);
            phrases = grounder.Ground(trajectory, texts, steps, cancellationToken);
        }

        GroundingTimings? share = phrases.Count > 0 ? phrases[0].Timings : null;
        PhraseAnswer[] answers =
        [
            .. asked.Select(phrase => new PhraseAnswer(phrase, phrase.Text is { } text ? phrases[Array.IndexOf(texts, text)] : null)),
        ];
        if (request.All)
        {
            answers =
            [
                .. answers
                    .OrderByDescending(answer => answer.Grounding?.Confidence?.Probability ?? -1)
                    .ThenByDescending(answer => answer.Grounding?.Focus ?? -1)
                    .Take(request.Top),
            ];
        }

        return new GroundRun
        {
            Radiograph = radiograph,
            Manifest = bundle.Manifest,
            BundleSha256 = bundle.ManifestSha256,
            IsCalibrated = grounder.IsCalibrated,
            Provider = model.Provider,
            Choice = choice,
            Threads = model.Threads,
            Answers = answers,
            TrajectoryEvaluations = model.DenoiserEvaluations,
            AttentionEvaluations = model.AttentionEvaluations,
            SupportEvaluations = model.NoiseEvaluations,
            PhraseTime = share is null ? TimeSpan.Zero : (share.Text + share.Attention + share.Support) * texts.Length,
            LoadTime = loadTime,
        };
    }

    /// <summary>What is grounded for each phrase; the findings of a report are standard prompts already.</summary>
    /// <exception cref="InputException">A phrase cannot be answered.</exception>
    private static IReadOnlyList<AskedPhrase> Ask(GroundRequest request, GroundingPipeline grounder)
    {
        List<AskedPhrase> asked = [.. request.Phrases.Distinct().Select(phrase => AskedPhrase.Read(phrase, grounder, request.Verbatim))];
        if (asked.Find(phrase => phrase.Refusal is not null) is { Refusal: { } refusal })
        {
            throw new InputException(refusal.Message);
        }

        IEnumerable<string> more = (request.Report?.Findings.Select(finding => finding.Prompt.Text) ?? []).Concat(
            request.All ? StandardPhrases.Prompts(grounder) : []
        );
        asked.AddRange(
            more.Distinct()
                .Where(text => asked.All(phrase => phrase.Asked != text))
                .Select(text => AskedPhrase.Read(text, grounder, verbatim: true))
                .ToArray()
        );
        return asked;
    }
}
