using System.Diagnostics;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Core.Prompts;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Imaging.Radiographs;

namespace CxrOnnx.Evaluation.Bench;

/// <summary>
/// Carries out a benchmark. The rows take turns, run by run, with the probe of the machine's peak between them, so that a busy machine
/// slows them all alike and the ratios hold.
/// </summary>
public sealed class BenchRun
{
    private const string Reference = "exact";

    private readonly BenchRequest _request;
    private readonly GrayImage[] _images;
    private readonly string[] _phrases;
    private readonly Dictionary<(string Preset, int Phrases), List<double>> _seconds = [];
    private readonly Dictionary<(string Preset, int Image, int Phrase), float[]> _heatmaps = [];
    private readonly Dictionary<(string Preset, int Phrases), BenchCounts> _counts = [];
    private HashSet<string> _stored = [];

    private BenchRun(BenchRequest request)
    {
        if (request.PhraseCounts.Count == 0 || request.PhraseCounts.Any(count => count < 1))
        {
            throw new InputException("`prompts`: wanted numbers of at least 1");
        }

        if (request.Runs < 1 || request.WarmUp < 0 || request.ColdStarts < 0)
        {
            throw new InputException("`runs` must be at least 1, `warm-up` and `cold-starts` at least 0");
        }

        _request = request;
        _images =
        [
            .. request.Images.Select(path => RadiographReader.Read(path, new RadiographReaderOptions { Frame = request.Frame }).Image),
        ];
        string[] prompts = [.. Prompts()];
        int most = request.PhraseCounts.Max();
        if (most > prompts.Length)
        {
            throw new InputException($"`prompts` {most}: there are {prompts.Length} different standard prompts");
        }

        _phrases = prompts[..most];
    }

    /// <summary>Measures.</summary>
    /// <param name="request">What to measure.</param>
    /// <param name="progress">Gets the finished share, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between two operators of a graph.</param>
    /// <exception cref="CxrOnnxException">Wrong image, bundle, preset or provider.</exception>
    public static BenchResult Execute(BenchRequest request, IProgress<double>? progress, CancellationToken cancellationToken) =>
        new BenchRun(request).Execute(progress, cancellationToken);

    /// <summary>Standard prompts of one location and one pathology, pathologies alternating.</summary>
    public static IEnumerable<string> Prompts() =>
        Location
            .All.SelectMany(location => Pathology.All, (location, pathology) => (location, pathology))
            .Select(
                (pair, i) =>
                    (
                        Text: new StandardPrompt(pair.pathology, pair.location).Text,
                        Order: (i % Pathology.All.Count * 7) + (i / Pathology.All.Count)
                    )
            )
            .OrderBy(item => item.Order)
            .Select(item => item.Text)
            .Distinct();

    private BenchResult Execute(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ProcessMemory before = ProcessMemory.Now();
        using DeviceWatch watch = new(_request.Model.DeviceId);
        long start = Stopwatch.GetTimestamp();
        using Bundle bundle = Bundle.Open(_request.Bundle);
        using GroundingModel model = GroundingModel.Load(bundle, _request.Model);
        string[] presets = [.. _request.Presets.Count > 0 ? _request.Presets.Distinct() : bundle.Manifest.Presets.Keys];
        Dictionary<string, GroundingPipeline> grounders = presets.ToDictionary(
            preset => preset,
            preset => new GroundingPipeline(model, new GroundingOptions { Preset = preset, Confidence = _request.Confidence })
        );
        _stored = [.. model.StoredPhrases?.Phrases.Select(phrase => phrase.Phrase) ?? []];
        model.LoadGraphs();
        double load = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ProcessMemory loaded = ProcessMemory.Now();

        // The first grounding of the cheapest kind that touches every graph; the probe's own memory must not count.
        Measure(model, grounders[presets[0]], presets[0], 0, 1, cancellationToken);
        ProcessMemory grounding = ProcessMemory.Now();
        using ComputeProbe probe = new(new BenchClock(_request.ProcessorTime), model.Provider, model.Threads);
        bool onGpu = model.Provider.Taken != ExecutionProvider.Cpu;
        int warmUp = _request.WarmUp ?? (onGpu ? 3 : 1);
        int rounds = warmUp + _request.Runs;
        double total = rounds * presets.Length * _request.PhraseCounts.Count;
        double done = 0;
        if (onGpu)
        {
            watch.Start();
        }

        for (int round = 0; round < rounds; round++)
        {
            if (!onGpu)
            {
                probe.RunBurst(cancellationToken);
            }

            foreach (string preset in presets)
            {
                foreach (int count in _request.PhraseCounts)
                {
                    double seconds = Measure(model, grounders[preset], preset, round % _images.Length, count, cancellationToken);
                    if (round >= warmUp)
                    {
                        Times(preset, count).Add(seconds);
                    }

                    progress?.Report(++done / total);
                }
            }
        }

        ProcessMemory end = ProcessMemory.Now();
        BenchDevice? device = null;
        if (onGpu)
        {
            // After what was watched: the probes' copies to the GPU would count as waiting for the host.
            device = watch.Stop(null, "not measured") with
            {
                Unrecorded = model.UnrecordedGraphs,
            };
            device = WithPeaks(device, probe, cancellationToken);
        }

        IReadOnlyList<OperatorTime>? operators = _request.Profile ? Profile(bundle, presets[0], cancellationToken) : null;
        ColdStart[] colds =
        [
            .. presets.SelectMany(preset =>
                Enumerable
                    .Range(0, _request.ColdStarts)
                    .Select(_ =>
                        ColdStartProbe.Run(_request.Bundle, _request.Images[0], _phrases[0], preset, model.Provider, model.Deterministic)
                    )
            ),
        ];
        double peak = device?.PeakGflops?.GetValueOrDefault(DevicePeaks.StrictConvolution) ?? probe.Convolution;
        long weights = BundleLayout.WeightsOf(bundle.Manifest)?.Size ?? 0;
        return new BenchResult
        {
            CreatedBy = ToolVersion.Cxr,
            Clock = _request.ProcessorTime ? "processor" : "wall",
            Machine = BenchMachine.Of(model.Provider, model.Threads),
            Deterministic = model.Deterministic,
            Bundle = BenchBundle.Of(bundle.Manifest, weights),
            PeakGflops = probe.Rates.ToDictionary(rate => rate.Key, rate => Math.Round(rate.Value, 1)),
            LoadSeconds = load,
            Rows =
            [
                .. presets.SelectMany(preset =>
                    _request.PhraseCounts.Select(count => Row(bundle.Manifest.Model, grounders[preset], presets[0], count, peak))
                ),
            ],
            Memory = new BenchMemory(
                before.ResidentBytes,
                loaded.ResidentBytes,
                grounding.ResidentBytes,
                end.PeakBytes,
                (double)(grounding.ResidentBytes - before.ResidentBytes) / Math.Max(1, weights)
            ),
            ColdStarts = colds,
            Operators = operators,
            Device = device is null ? null : device with { Launches = operators?.Sum(entry => entry.Calls) },
        };
    }

    // A card's peaks are no reason to lose what was measured.
    private BenchDevice WithPeaks(BenchDevice device, ComputeProbe probe, CancellationToken cancellationToken)
    {
        const int FillsTheCard = 4096;
        string[] unknown = [.. device.Unknown.Where(text => !text.StartsWith("peaks: ", StringComparison.Ordinal))];
        try
        {
            probe.RunBurst(cancellationToken);
            IReadOnlyDictionary<string, double> peaks = DevicePeaks.Measure(_request.Model.DeviceId, FillsTheCard, cancellationToken);
            return device with { PeakGflops = peaks, Unknown = unknown };
        }
        catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException exception)
        {
            return device with { Unknown = [.. unknown, $"peaks: {exception.Message.Split('\n', 2)[0].Trim()}"] };
        }
    }

    // In a model of its own, after everything else: profiling slows what it looks at.
    private IReadOnlyList<OperatorTime> Profile(Bundle bundle, string preset, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("cxr-profile-").FullName;
        try
        {
            using GroundingModel model = GroundingModel.Load(bundle, _request.Model with { ProfileFolder = folder });
            GroundingPipeline grounder = new(model, new GroundingOptions { Preset = preset, Confidence = _request.Confidence });
            using (ImageTrajectory trajectory = grounder.Invert(_images[0], null, cancellationToken))
            {
                grounder.Ground(trajectory, _phrases, null, cancellationToken);
            }

            return OperatorProfile.Read(model.EndProfiling());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private double Measure(
        GroundingModel model,
        GroundingPipeline grounder,
        string preset,
        int image,
        int phrases,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<PhraseGrounding> found = [];
        BenchCounts before = BenchCounts.Of(model);
        double seconds = new BenchClock(_request.ProcessorTime).Time(() =>
        {
            using ImageTrajectory trajectory = grounder.Invert(_images[image], null, cancellationToken);
            found = grounder.Ground(trajectory, _phrases[..phrases], null, cancellationToken);
        });
        _counts[(preset, phrases)] = BenchCounts.Of(model) - before;
        for (int i = 0; i < found.Count; i++)
        {
            _heatmaps[(preset, image, i)] = found[i].ModelHeatmap.Values;
        }

        return seconds;
    }

    private List<double> Times(string preset, int count)
    {
        if (!_seconds.TryGetValue((preset, count), out List<double>? list))
        {
            _seconds.Add((preset, count), list = []);
        }

        return list;
    }

    private BenchRow Row(ModelConfiguration model, GroundingPipeline grounder, string first, int count, double peak)
    {
        GroundingPlan plan = grounder.Plan;
        LatencySummary seconds = LatencySummary.Of(Times(plan.Preset, count));
        BenchCounts counts = _counts[(plan.Preset, count)];

        // What was counted: an evidence map evaluates more texts than there are phrases.
        int texts = counts.Attention / plan.Steps.Count;
        double operations =
            ModelOperations.Grounding(model, plan.InversionEvaluations + counts.Support, plan.Steps.Count, texts, counts.Samples)
            - (_phrases[..count].Count(_stored.Contains) * ModelOperations.TextEncoder(model.TextEncoder));
        double[] correlations =
        [
            .. _heatmaps
                .Where(map => map.Key.Preset == plan.Preset && map.Key.Phrase < count)
                .Where(map => _heatmaps.ContainsKey((Reference, map.Key.Image, map.Key.Phrase)))
                .Select(map => HeatmapSimilarity.Correlation(map.Value, _heatmaps[(Reference, map.Key.Image, map.Key.Phrase)]))
                .Where(double.IsFinite),
        ];
        return new BenchRow
        {
            Preset = plan.Preset,
            Phrases = count,
            TrajectoryEvaluations = plan.InversionEvaluations,
            AttentionEvaluations = counts.Attention,
            AttentionSamples = counts.Samples,
            SupportEvaluations = counts.Support,
            EvidenceEvaluations = grounder.EvidenceSamples * (texts + 1),
            Gflop = operations / 1e9,
            Seconds = seconds,
            ImagesPerSecond = 1 / seconds.P50,
            Gflops = operations / 1e9 / seconds.P50,
            ShareOfPeak = operations / 1e9 / seconds.P50 / peak,
            SpeedUp = LatencySummary.Of(Times(first, count)).P50 / seconds.P50,
            CorrelationMean = correlations.Length > 0 ? correlations.Average() : null,
            CorrelationMin = correlations.Length > 0 ? correlations.Min() : null,
        };
    }
}
