using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Metrics;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Trainer.Devices;
using TorchSharp;

namespace CxrOnnx.Lab.Benchmarks;

/// <summary>
/// Times the authors' procedure in TorchSharp and, side by side on the same weights, a bundle's presets. Rounds alternate between the two
/// sides and the fastest time of each part counts, so that other programs on the machine do not decide the ratio.
/// </summary>
public sealed record ReferenceBenchmark
{
    /// <summary>The model.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>U-Net checkpoint.</summary>
    public required string UNetPath { get; init; }

    /// <summary>VAE checkpoint.</summary>
    public required string VaePath { get; init; }

    /// <summary>Text encoder checkpoint.</summary>
    public required string TextEncoderPath { get; init; }

    /// <summary>Inversion steps to carry out; null: all, with heatmaps that are compared.</summary>
    public int? Steps { get; init; }

    /// <summary>A bundle exported from the same checkpoints; null: the reference alone.</summary>
    public string? Bundle { get; init; }

    /// <summary>Numbers of phrases per image.</summary>
    public IReadOnlyList<int> PhraseCounts { get; init; } = [1, 5];

    /// <summary>Rounds.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Whether processor time is taken instead of wall time; see <see cref="BenchClock"/>.</summary>
    public bool ProcessorTime { get; init; }

    /// <summary>What the reference computes on.</summary>
    public TorchDevice Device { get; init; } = TorchDevice.Cpu;

    /// <summary>Whether the reference may use TF32 on a GPU; said in the result.</summary>
    public bool Tf32 { get; init; }

    /// <summary>How the bundle is loaded, and the threads of both sides.</summary>
    public GroundingModelOptions Model { get; init; } = new();

    /// <summary>Measures.</summary>
    /// <exception cref="CxrOnnxException">A file is wrong or does not fit the configuration.</exception>
    public ReferenceBenchResult Run(Action<string> progress, CancellationToken cancellation)
    {
        if (Steps is < 1 || Rounds < 1 || PhraseCounts.Count == 0 || PhraseCounts.Any(count => count < 1))
        {
            throw new InputException("--steps, --rounds and --prompts: wanted numbers of at least 1");
        }

        ModelConfiguration configuration = ModelConfigurationFile.Load(ConfigPath);
        int all = Core
            .Diffusion.InferenceTimesteps.Trailing(configuration.Grounding.NumInferenceSteps, configuration.Scheduler.NumTrainTimesteps)
            .Count;
        Dictionary<string, long> memory = new() { ["before"] = ProcessMemory.Now().ResidentBytes };
        BenchClock clock = new(ProcessorTime);
        if (Model.Threads > 0)
        {
            torch.set_num_threads(Model.Threads);
        }

        using ReferenceSide reference = new(clock, Device, configuration, UNetPath, VaePath, TextEncoderPath);
        memory["torch_loaded"] = ProcessMemory.Now().ResidentBytes;
        int most = PhraseCounts.Max();
        long[][] ids = [.. Enumerable.Range(0, most + 1).Select(phrase => Ids(configuration.TextEncoder, phrase))];
        float[][] states = [.. ids.Select(prompt => reference.Encode(prompt, 1))];
        int[] positions = [1, 2, 3];
        PromptContext[] prompts = [.. states.Skip(1).Select(state => new PromptContext(state, positions))];

        // Both sides once, so that nothing is measured while it is being set up.
        int perRound = Math.Min(Steps ?? 2, all);
        reference.TimeStep(states[0], states[1], 1);
        memory["torch_grounding"] = ProcessMemory.Now().ResidentBytes;
        using BundleSide? bundle = Bundle is null ? null : new BundleSide(clock, Bundle, Model);
        long[]? bundleIds = bundle is null ? null : BundleIds(bundle, ids[1]);
        if (bundle is not null)
        {
            CheckModel(configuration, bundle.Model.Configuration);
            bundle.Model.LoadGraphs();
            bundle.TimeVae(reference.Image);
            bundle.TimeText(bundleIds!);
            bundle.TimeDenoiser(states[0], 1);
            bundle.TimeAttention(states[1], shared: false, 1);
            bundle.TimeAttention(states[1], shared: true, 1);
            memory["bundle_and_torch"] = ProcessMemory.Now().ResidentBytes;
        }

        Best referenceVae = new(),
            referenceText = new(),
            step = new(),
            vae = new(),
            text = new(),
            denoiser = new(),
            attention = new(),
            shared = new();
        for (int round = 0; round < Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress($"round {round + 1} of {Rounds}");
            referenceVae.Add(reference.TimeVae());
            referenceText.Add(reference.TimeText(ids[1]));
            step.Add(reference.TimeStep(states[0], states[1], perRound));
            if (bundle is null)
            {
                continue;
            }

            vae.Add(bundle.TimeVae(reference.Image));
            text.Add(bundle.TimeText(bundleIds!));
            denoiser.Add(bundle.TimeDenoiser(states[0], perRound));
            attention.Add(bundle.TimeAttention(states[1], shared: false, Math.Max(1, perRound / 2)));
            shared.Add(bundle.TimeAttention(states[1], shared: true, Math.Max(1, perRound / 2)));
        }

        List<ReferenceRow> rows = [];
        float[][] heatmaps = [];
        double[] wholes = [];
        if (Steps is null)
        {
            progress($"the whole procedure, {most} phrases");
            (float[] Heatmap, double Seconds, long Evaluations)[] found =
            [
                .. prompts.Select((_, i) => reference.Ground(states[0], states[i + 1], positions, cancellation)),
            ];
            heatmaps = [.. found.Select(item => item.Heatmap)];
            wholes = [.. found.Select(item => item.Seconds + (2 * referenceText.Seconds))];
        }

        foreach (int count in PhraseCounts)
        {
            double seconds =
                wholes.Length > 0
                    ? wholes.Take(count).Sum()
                    : count * (referenceVae.Seconds + (2 * referenceText.Seconds) + (all * step.Seconds));
            rows.Add(
                new ReferenceRow("reference", count, count * all * 2, 0, count * ReferenceGflop(configuration, all), seconds, 1, null, null)
            );
        }

        foreach (
            (string preset, int count) in bundle is null
                ? []
                : bundle.Model.Manifest.Presets.Keys.SelectMany(preset => PhraseCounts, (preset, count) => (preset, count))
        )
        {
            double against = rows.Single(row => row.System == "reference" && row.Phrases == count).Seconds;
            GroundingPlan plan = bundle!.Plan(preset);
            int samples = bundle.AttentionSamples(plan.Steps.Count, count);
            double seconds =
                vae.Seconds
                + (count * text.Seconds)
                + (plan.InversionEvaluations * denoiser.Seconds)
                + AttentionSeconds(attention.Seconds, shared.Seconds, plan.Steps.Count * count, samples);
            double? maxAbs = null,
                correlation = null;
            if (heatmaps.Length > 0)
            {
                progress($"bundle, {preset}, {count} phrases");
                long[] batch = [.. Enumerable.Repeat(bundleIds!, count).SelectMany(prompt => prompt)];
                long before = bundle.Model.AttentionSamples;
                (IReadOnlyList<float[]> maps, seconds) = bundle.Ground(
                    preset,
                    reference.Image,
                    states[0],
                    prompts[..count],
                    batch,
                    cancellation
                );
                samples = (int)(bundle.Model.AttentionSamples - before);
                maxAbs = maps.Select((map, i) => HeatmapSimilarity.MaxAbs(map, heatmaps[i])).Max();
                double[] found = [.. maps.Select((map, i) => HeatmapSimilarity.Correlation(map, heatmaps[i])).Where(double.IsFinite)];
                correlation = found.Length > 0 ? found.Min() : null;
            }

            rows.Add(
                new ReferenceRow(
                    preset,
                    count,
                    plan.InversionEvaluations,
                    plan.Steps.Count * count,
                    ModelOperations.Grounding(configuration, plan.InversionEvaluations, plan.Steps.Count, count, samples) / 1e9,
                    seconds,
                    against / seconds,
                    maxAbs,
                    correlation
                )
            );
        }

        memory["end_peak"] = ProcessMemory.Now().PeakBytes;
        GridSize latents = GridSize.Square(configuration.LatentSide);
        int context = configuration.TextEncoder.MaxPositionEmbeddings;
        double whole = ModelOperations.UNet(configuration.UNet, latents, context) / 1e9;
        double truncated = ModelOperations.UNetThrough(configuration.UNet, latents, context, configuration.Grounding.Layers.Max()) / 1e9;
        return new ReferenceBenchResult
        {
            Model = configuration.Name,
            Machine = bundle is null ? null : BenchMachine.Of(bundle.Model.Provider, Model.Threads),
            TorchSharp = typeof(torch).Assembly.GetName().Version!.ToString(3),
            TorchThreads = torch.get_num_threads(),
            Device = Device.Name,
            DeviceReason = Device.Reason,
            Tf32 = Device.IsCuda ? Tf32 : null,
            Clock = ProcessorTime ? "processor" : "wall",
            Steps = all,
            MeasuredSteps = Steps is null ? all : perRound,
            Rounds = Rounds,
            Parts =
            [
                new(
                    "vae encoder",
                    ModelOperations.VaeEncoder(configuration.Vae, GridSize.Square(configuration.Image.Size)) / 1e9,
                    referenceVae.Value,
                    vae.Value
                ),
                new(
                    "text encoder, one prompt",
                    ModelOperations.TextEncoder(configuration.TextEncoder) / 1e9,
                    referenceText.Value,
                    text.Value
                ),
                new("U-Net, one sample (reference: half a guided batch, all maps kept)", whole, step.Value / 2, denoiser.Value),
                new("truncated U-Net, one sample", truncated, null, attention.Value),
                .. bundle?.Model.SharesSamples == true
                    ? new ReferencePart[]
                    {
                        new(
                            FormattableString.Invariant($"truncated U-Net, one of {BundleSide.AttentionBatch} prompts on a sample"),
                            truncated
                                - (
                                    ModelOperations.UNetBeforePrompt(configuration.UNet, latents, context)
                                    * (1 - (1.0 / BundleSide.AttentionBatch))
                                    / 1e9
                                ),
                            null,
                            shared.Value
                        ),
                    }
                    : [],
            ],
            Rows = rows,
            ResidentBytes = memory,
        };
    }

    /// <summary>
    /// Seconds of evaluations that share samples: what a shared batch saves against one with a sample for each prompt is the time of all
    /// but one sample's part before the prompt.
    /// </summary>
    private static double AttentionSeconds(double alone, double shared, int evaluations, int samples)
    {
        double beforePrompt = (alone - shared) * BundleSide.AttentionBatch / (BundleSide.AttentionBatch - 1);
        return (evaluations * (alone - beforePrompt)) + (samples * beforePrompt);
    }

    private static double ReferenceGflop(ModelConfiguration configuration, int steps)
    {
        GridSize image = GridSize.Square(configuration.Image.Size);
        double unet = ModelOperations.UNet(
            configuration.UNet,
            image.DividedBy(configuration.Vae.DownsamplingFactor),
            configuration.TextEncoder.MaxPositionEmbeddings
        );
        return (
                ModelOperations.VaeEncoder(configuration.Vae, image)
                + (2 * ModelOperations.TextEncoder(configuration.TextEncoder))
                + (2.0 * steps * unet)
            ) / 1e9;
    }

    private static void CheckModel(ModelConfiguration configuration, ModelConfiguration bundle)
    {
        if (ModelConfigurationFile.ToYaml(configuration) != ModelConfigurationFile.ToYaml(bundle))
        {
            throw new InputException("--bundle: was exported with another configuration than --config; export it from these checkpoints");
        }
    }

    /// <summary>Begin, three tokens of the phrase, end, padding; the last two ids play begin and end, as in CLIP.</summary>
    private static long[] Ids(TextEncoderConfiguration text, int phrase)
    {
        long[] ids = new long[text.MaxPositionEmbeddings];
        ids[0] = text.VocabSize - 2;
        int own = phrase == 0 ? 0 : 3;
        for (int i = 1; i <= own; i++)
        {
            ids[i] = 1 + (((phrase * 31) + (i * 7)) % (text.VocabSize - 3));
        }

        ids[own + 1] = text.VocabSize - 1;
        return ids;
    }

    /// <summary>A closed vocabulary knows few ids; which ones does not matter for the time.</summary>
    private static long[] BundleIds(BundleSide bundle, long[] ids) =>
        bundle.Model.Manifest.Vocabulary is { Kind: "closed", TokenIds: [var known, ..] }
            ? [.. Enumerable.Repeat((long)known, ids.Length)]
            : ids;

    /// <summary>The fastest of repeated times.</summary>
    private sealed class Best
    {
        public double Seconds { get; private set; } = double.PositiveInfinity;

        public double? Value => double.IsFinite(Seconds) ? Seconds : null;

        public void Add(double seconds) => Seconds = Math.Min(Seconds, seconds);
    }
}
