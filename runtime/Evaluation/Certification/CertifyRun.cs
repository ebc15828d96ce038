using CxrOnnx.Core;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Evaluation.Certification;

/// <summary>
/// Measures how close the heatmaps of every preset and precision are to those of the preset <c>exact</c> in single precision on the CPU,
/// and how long each takes. The presets of a precision take turns, image by image, so that a busy machine slows them all alike.
/// </summary>
public sealed class CertifyRun
{
    private const string Exact = "exact";

    private readonly CertifyRequest _request;
    private readonly CancellationToken _cancellationToken;
    private readonly GrayImage[] _images;
    private readonly string[] _phrases;

    private CertifyRun(CertifyRequest request, CancellationToken cancellationToken)
    {
        string[] known = [.. BenchRun.Prompts()];
        if (request.Phrases < 1 || request.Phrases > known.Length)
        {
            throw new InputException($"`prompts` {request.Phrases}: wanted 1 to {known.Length}, which are the different standard prompts");
        }

        if (request.Images.Count == 0)
        {
            throw new InputException("`image`: at least one radiograph is needed");
        }

        _request = request;
        _cancellationToken = cancellationToken;
        RadiographReaderOptions options = new() { Frame = request.Frame };
        _images = [.. request.Images.Select(path => RadiographReader.Read(path, options).Image)];
        _phrases = known[..request.Phrases];
    }

    /// <summary>Measures; the bundle is not changed (see <see cref="BundleCertificateFile.Attach"/>).</summary>
    /// <param name="request">What to measure.</param>
    /// <param name="progress">Gets the finished share, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <returns>The bundle's certificate with the new measurement.</returns>
    /// <exception cref="CxrOnnxException">Wrong image, bundle, preset, precision or provider.</exception>
    public static BundleCertificate Execute(CertifyRequest request, IProgress<double>? progress, CancellationToken cancellationToken) =>
        new CertifyRun(request, cancellationToken).Execute(progress);

    private BundleCertificate Execute(IProgress<double>? progress)
    {
        using Bundle bundle = Bundle.Open(_request.Bundle);
        BundleCertificate earlier = Earlier(bundle);

        // An evidence map is another map by intent: its likeness to the attention's says nothing.
        IEnumerable<string> papers = bundle.Manifest.Presets.Where(preset => preset.Value.Evidence is null).Select(preset => preset.Key);
        string[] presets = [.. (_request.Presets.Count > 0 ? _request.Presets : papers).Append(Exact).Distinct()];
        if (presets.FirstOrDefault(preset => bundle.Manifest.Presets.GetValueOrDefault(preset)?.Evidence is not null) is { } other)
        {
            throw new InputException($"`preset` {other}: makes evidence maps, which are not held against the papers' heatmaps");
        }

        ProviderChoice provider = ExecutionProviders.Choose(
            _request.Model.Provider,
            _request.Model.ProviderLibrary,
            _request.Model.DeviceId
        );
        MathPrecision[] maths = [.. _request.Maths.Count > 0 ? _request.Maths.Distinct() : Available(bundle.Manifest, provider)];

        // A precision that cannot be had is found before the minutes of the reference.
        foreach (MathPrecision math in maths)
        {
            using GroundingModel model = GroundingModel.Load(bundle, Options(math));
        }

        bool isReference = provider.Taken == ExecutionProvider.Cpu;
        int units = (maths.Length * presets.Length) + (isReference ? 0 : 1);
        double done = 0;
        void Step() => progress?.Report(++done / (units * _images.Length));
        Dictionary<string, Measured>? reference = isReference
            ? null
            : Measure(bundle, _request.Model with { Provider = ExecutionProvider.Cpu, Math = MathPrecision.Fp32 }, [Exact], Step);
        List<CertificateRow> rows = [];
        string machine = "";
        foreach (MathPrecision math in maths)
        {
            Dictionary<string, Measured> found = Measure(bundle, Options(math), presets, Step);
            reference ??= found;
            rows.AddRange(presets.Select(preset => Row(provider.Name, math, preset, found[preset], reference[Exact])));
            machine =
                provider.Taken == ExecutionProvider.Cpu
                    ? BenchMachine.Of(provider, 0).Processor
                    : $"{BenchMachine.Of(provider, 0).Processor}; {provider.Reason}";
        }

        CertificateRun run = new(
            ToolVersion.Cxr,
            machine,
            ExecutionProviders.RuntimeVersion,
            [.. _request.Images.Select(Sha256.OfFile)],
            _phrases,
            rows
        );
        return earlier.With(run);
    }

    private static BundleCertificate Earlier(Bundle bundle) =>
        BundleCertificateFile.Read(bundle)
        ?? new BundleCertificate
        {
            SchemaVersion = BundleCertificate.CurrentSchemaVersion,
            BundleId = bundle.Manifest.Id,
            Runs = [],
        };

    private GroundingModelOptions Options(MathPrecision math) => _request.Model with { Math = math };

    private static IEnumerable<MathPrecision> Available(BundleManifest manifest, ProviderChoice provider)
    {
        yield return MathPrecision.Fp32;
        if (provider.Taken != ExecutionProvider.Cpu)
        {
            yield return MathPrecision.Tf32;
        }

        if ((manifest.GraphSets ?? new Dictionary<string, BundleGraphSet>()).Values.Any(set => Serves(set, provider)))
        {
            yield return MathPrecision.Fp16;
        }
    }

    private static bool Serves(BundleGraphSet set, ProviderChoice provider) =>
        set.Math == MathPrecision.Fp16.Name() && set.Providers.Contains(provider.Name);

    private Dictionary<string, Measured> Measure(Bundle bundle, GroundingModelOptions options, string[] presets, Action step)
    {
        using GroundingModel model = GroundingModel.Load(bundle, options);
        Dictionary<string, GroundingPipeline> pipelines = presets.ToDictionary(
            preset => preset,
            preset => new GroundingPipeline(model, new GroundingOptions { Preset = preset, Confidence = false })
        );
        Dictionary<string, Measured> found = presets.ToDictionary(preset => preset, _ => new Measured([], []));
        model.LoadGraphs();
        BenchClock clock = new(ProcessorTime: false);

        // The first run of a graph is slower than all others, on a GPU by seconds.
        foreach (string preset in presets)
        {
            Ground(pipelines[preset], _images[0]);
        }

        foreach (GrayImage image in _images)
        {
            foreach (string preset in presets)
            {
                IReadOnlyList<PhraseGrounding> phrases = [];
                found[preset].Seconds.Add(clock.Time(() => phrases = Ground(pipelines[preset], image)));
                found[preset].Heatmaps.AddRange(phrases.Select(phrase => phrase.ModelHeatmap.Values));
                step();
            }
        }

        return found;
    }

    private IReadOnlyList<PhraseGrounding> Ground(GroundingPipeline pipeline, GrayImage image)
    {
        using ImageTrajectory trajectory = pipeline.Invert(image, null, _cancellationToken);
        return pipeline.Ground(trajectory, _phrases, null, _cancellationToken);
    }

    private static CertificateRow Row(string provider, MathPrecision math, string preset, Measured found, Measured exact)
    {
        double[] correlations = [.. found.Heatmaps.Zip(exact.Heatmaps, Correlation)];
        double[] seconds = [.. found.Seconds.Order()];
        return new CertificateRow(
            provider,
            math.Name(),
            preset,
            correlations.Length,
            correlations.Min(),
            correlations.Average(),
            found.Heatmaps.Zip(exact.Heatmaps, (left, right) => HeatmapSimilarity.MaxAbs(left, right)).Max(),
            seconds[seconds.Length / 2]
        );
    }

    /// <summary>A constant map correlates with nothing: it is as good as the other only if it is the same.</summary>
    private static double Correlation(float[] left, float[] right)
    {
        double correlation = HeatmapSimilarity.Correlation(left, right);
        return double.IsFinite(correlation) ? Math.Clamp(correlation, -1, 1)
            : left.AsSpan().SequenceEqual(right) ? 1
            : 0;
    }

    private sealed record Measured(List<double> Seconds, List<float[]> Heatmaps);
}
