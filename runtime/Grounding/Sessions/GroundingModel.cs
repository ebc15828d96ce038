using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Atlas;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Confidence;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Diffusion;
using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// A bundle's graphs on ONNX Runtime. Every session is built once, when it is first needed, and shared; the weight file is mapped once for
/// all of them (see <see cref="GroundingModelOptions.PrepackWeights"/> for the copies ONNX Runtime adds). Thread-safe.
/// </summary>
public sealed class GroundingModel : IDisposable
{
    private readonly GroundingModelOptions _options;
    private readonly ModelSessions _sessions;
    private readonly Lazy<float[]> _emptyPrompt;
    private long _denoiserEvaluations;
    private long _noiseEvaluations;
    private long _attentionEvaluations;
    private long _attentionSamples;
    private bool _disposed;

    private GroundingModel(Bundle bundle, GroundingModelOptions options)
    {
        Bundle = bundle;
        _options = options = options.Deterministic ? Fixed(options) : options;
        GraphSignature.CheckManifest(bundle.Manifest);
        SharesSamples = GraphSignature.SharesSamples(bundle.Manifest.Graphs[BundleLayout.Attention]);
        Schedule = new NoiseSchedule(Configuration.Scheduler);
        Timesteps = InferenceTimesteps.Trailing(Configuration.Grounding.NumInferenceSteps, Schedule.NumTrainTimesteps);
        CheckSchedule(bundle.Manifest, Schedule, Timesteps);
        Inversion = new DdimInversion(Schedule, Timesteps);
        Atlas = bundle.Contains(BundleLayout.AtlasFile) ? LocationAtlas.Load(bundle.PathOf(BundleLayout.AtlasFile)) : LocationAtlas.Default;
        Calibration = ConfidenceCalibration.Of(bundle);
        CheckProbe(Calibration, Schedule);
        Provider = ExecutionProviders.Choose(options.Provider, options.ProviderLibrary, options.DeviceId, options.Math);
        GraphSet = GraphSets.Choose(bundle.Manifest, Provider, options.Math);
        StoredPhrases = StoredPhraseFile.Of(bundle);
        _emptyPrompt = new Lazy<float[]>(() => StoredPhrases?.EmptyStates() ?? EncodeText(EmptyPrompt.Ids(Manifest), 1));
        _sessions = new ModelSessions(bundle, options, Provider, GraphSet);
        if (GraphSet is not null)
        {
            GraphSetSignature.Check(bundle.Manifest, GraphSet);
            Conditioned = new ConditionedUNet(
                GraphSet,
                _sessions,
                graph => Provider.Taken == ExecutionProvider.Cpu ? new HostMemory() : graph.OpenCudaMemory(options.DeviceId)
            );
        }
    }

    /// <summary>The bundle; stays open as long as its owner keeps it, which must be longer than the model lives.</summary>
    public Bundle Bundle { get; }

    /// <summary>What the bundle says about itself.</summary>
    public BundleManifest Manifest => Bundle.Manifest;

    /// <summary>The model's configuration.</summary>
    public ModelConfiguration Configuration => Bundle.Manifest.Model;

    /// <summary>The training noise schedule.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>The inference steps, in inversion order.</summary>
    public InferenceTimesteps Timesteps { get; }

    /// <summary>Where locations lie: the bundle's atlas, or the built-in one.</summary>
    public LocationAtlas Atlas { get; }

    /// <summary>What turns groundings into confidences; null for a bundle that was not calibrated.</summary>
    public ConfidenceCalibration? Calibration { get; }

    /// <summary>Hidden states of the empty prompt, float32 [S, W]: stored in the bundle, or encoded when first asked for.</summary>
    public ReadOnlyMemory<float> EmptyPromptStates => _emptyPrompt.Value;

    /// <summary>Text states that the bundle carries; null where it was exported without.</summary>
    public StoredPhraseFile? StoredPhrases { get; }

    /// <summary>Whether it was loaded with <see cref="GroundingModelOptions.Deterministic"/>.</summary>
    public bool Deterministic => _options.Deterministic;

    /// <summary>Threads that one operator may use; 0 = one per physical core. Never 0 where <see cref="Deterministic"/>.</summary>
    public int Threads => _options.Threads;

    /// <summary>Coefficients of the inversion.</summary>
    public DdimInversion Inversion { get; }

    /// <summary>What the graphs run on, and why.</summary>
    public ProviderChoice Provider { get; }

    /// <summary>How the numbers are computed.</summary>
    public MathPrecision Math => _options.Math;

    /// <summary>The further graph set that serves provider and precision; null where the bundle's plain graphs do.</summary>
    public BundleGraphSet? GraphSet { get; }

    /// <summary>
    /// Graphs of <see cref="GraphSet"/> whose calls a GPU was to record as CUDA graphs and could not, by name, and what it said. Their
    /// results are the same; each call takes longer.
    /// </summary>
    public IReadOnlyDictionary<string, string> UnrecordedGraphs => _sessions.Unrecorded;

    /// <summary>The U-Net of <see cref="GraphSet"/>; null where there is none.</summary>
    internal ConditionedUNet? Conditioned { get; }

    /// <summary>Evaluations of the whole U-Net so far, counted per sample, not per call.</summary>
    public long DenoiserEvaluations => Interlocked.Read(ref _denoiserEvaluations);

    /// <summary>Evaluations of the truncated U-Net so far, counted per sample and prompt, not per call.</summary>
    public long AttentionEvaluations => Interlocked.Read(ref _attentionEvaluations);

    /// <summary>
    /// Evaluations of the whole U-Net on noised images so far (<see cref="Predict"/>), which do not count among the others.
    /// </summary>
    public long NoiseEvaluations => Interlocked.Read(ref _noiseEvaluations);

    /// <summary>
    /// Samples that the truncated U-Net was evaluated on so far: where several prompts share one (<see cref="SharesSamples"/>), what does
    /// not depend on the prompt was computed this often, and only the rest <see cref="AttentionEvaluations"/> times.
    /// </summary>
    public long AttentionSamples => Interlocked.Read(ref _attentionSamples);

    /// <summary>
    /// Whether one sample may serve several prompts in a call of the attention graph; bundles of before cannot, and compute it anew for
    /// each.
    /// </summary>
    public bool SharesSamples { get; }

    /// <summary>Prepares a bundle for use. Sessions are built when they are first needed; see <see cref="LoadGraphs"/>.</summary>
    /// <param name="bundle">An open bundle; not taken over.</param>
    /// <param name="options">How to load; null = defaults.</param>
    /// <exception cref="ArtifactException">
    /// The manifest lacks a graph or tensor, its schedule is not that of its configuration, or its calibration or its stored phrases are
    /// wrong or for another model.
    /// </exception>
    /// <exception cref="ConfigurationException">The bundle's atlas is wrong.</exception>
    /// <exception cref="Core.InputException">The execution provider or the precision asked for cannot be used.</exception>
    public static GroundingModel Load(Bundle bundle, GroundingModelOptions? options = null) =>
        new(bundle, options ?? new GroundingModelOptions());

    /// <summary>Builds every session now, so that a wrong graph file is found and the first request does not wait.</summary>
    /// <exception cref="ArtifactException">
    /// A graph cannot be loaded or does not have the inputs and outputs that the manifest lists.
    /// </exception>
    public void LoadGraphs() =>
        OnOneThread(() =>
        {
            _sessions.OpenAll();
            return true;
        });

    /// <summary>Image -> latents, the posterior mean times the latent scale.</summary>
    /// <param name="image">float32 [1, 1, H, W] in [0,1], row-major.</param>
    /// <param name="size">H and W; multiples of the VAE's factor.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>float32 [1, Cz, h, w], owned by the caller.</returns>
    public GraphTensor EncodeImage(float[] image, GridSize size, CancellationToken cancellationToken = default) =>
        Run(BundleLayout.VaeEncoder, [GraphTensor.Float32("image", image, 1, 1, size.Rows, size.Columns)], ["latents"], cancellationToken)[
            0
        ];

    /// <summary>Token ids -> hidden states after the final layer norm.</summary>
    /// <param name="inputIds">int64 [B, S], row-major.</param>
    /// <param name="batch">B.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <returns>float32 [B, S, W], row-major, owned by the caller.</returns>
    public float[] EncodeText(long[] inputIds, int batch, CancellationToken cancellationToken = default) =>
        Run(
            BundleLayout.TextEncoder,
            [GraphTensor.Int64("input_ids", inputIds, batch, inputIds.Length / batch)],
            ["last_hidden_state"],
            cancellationToken
        )[0].Floats!;

    /// <summary>Runs any graph of the bundle on any inputs.</summary>
    /// <param name="graph">Name in the manifest.</param>
    /// <param name="inputs">All its inputs.</param>
    /// <param name="outputNames">The outputs wanted.</param>
    /// <param name="cancellationToken">Stops between two operators.</param>
    /// <exception cref="ArtifactException">There is no such graph, or ONNX Runtime refuses the inputs.</exception>
    public IReadOnlyList<GraphTensor> Run(
        string graph,
        IReadOnlyList<GraphTensor> inputs,
        IReadOnlyList<string> outputNames,
        CancellationToken cancellationToken = default
    ) =>
        Conditioned is not null && graph is BundleLayout.Denoiser or BundleLayout.Attention
            ? new PlainBorder(Conditioned, Configuration.Grounding.Layers).Run(graph, inputs, outputNames)
            : OnOneThread(() => _sessions[graph].Run(inputs, outputNames, cancellationToken));

    /// <summary>Ends the profiles that <see cref="GroundingModelOptions.ProfileFolder"/> asked for.</summary>
    /// <returns>
    /// Per graph that ran, the file with ONNX Runtime's trace (JSON, Chrome trace format); empty where no profile was asked for.
    /// </returns>
    public IReadOnlyDictionary<string, string> EndProfiling() =>
        _options.ProfileFolder is null ? new Dictionary<string, string>() : _sessions.EndProfiling();

    /// <summary>Evaluates the U-Net.</summary>
    internal void Denoise(IReadOnlyList<GraphTensor> inputs, GraphTensor output, CancellationToken cancellationToken)
    {
        _sessions[BundleLayout.Denoiser].Run(inputs, [output], cancellationToken);
        CountDenoiser((int)output.Shape[0]);
    }

    /// <summary>Evaluates the U-Net on noised images.</summary>
    internal void Predict(IReadOnlyList<GraphTensor> inputs, GraphTensor output, CancellationToken cancellationToken)
    {
        _sessions[BundleLayout.Denoiser].Run(inputs, [output], cancellationToken);
        CountNoise((int)output.Shape[0]);
    }

    /// <summary>Evaluates the U-Net up to its last wanted attention.</summary>
    internal void Attend(IReadOnlyList<GraphTensor> inputs, IReadOnlyList<GraphTensor> outputs, CancellationToken cancellationToken)
    {
        _sessions[BundleLayout.Attention].Run(inputs, outputs, cancellationToken);
        CountAttention((int)outputs[0].Shape[0], (int)inputs[0].Shape[0]);
    }

    /// <summary>Frees the sessions, then the weights they use. The bundle stays open.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Conditioned?.Dispose();
        _sessions.Dispose();
        StoredPhrases?.Dispose();
    }

    /// <summary>
    /// With a graph set everything runs on the U-Net's thread: whatever another thread asks of CUDA while calls are recorded breaks the
    /// recording, and every thread that uses a session costs handles and memory of its own.
    /// </summary>
    private T OnOneThread<T>(Func<T> work) => Conditioned is { } unet ? unet.Run(work) : work();

    /// <summary>Counts evaluations of the whole U-Net in a trajectory.</summary>
    internal void CountDenoiser(int samples) => Interlocked.Add(ref _denoiserEvaluations, samples);

    /// <summary>Counts evaluations of the whole U-Net on noised images.</summary>
    internal void CountNoise(int samples) => Interlocked.Add(ref _noiseEvaluations, samples);

    /// <summary>Counts evaluations of the truncated U-Net, and the samples they share.</summary>
    internal void CountAttention(int evaluations, int samples)
    {
        Interlocked.Add(ref _attentionEvaluations, evaluations);
        Interlocked.Add(ref _attentionSamples, samples);
    }

    /// <summary>
    /// What a deterministic model leaves open to no circumstance. ONNX Runtime's own switch for it is not in its .NET interface, and its
    /// CPU kernels ignore it.
    /// </summary>
    private static GroundingModelOptions Fixed(GroundingModelOptions options) =>
        options.Provider is ExecutionProvider.Auto or ExecutionProvider.Cpu
            ? options with
            {
                Provider = ExecutionProvider.Cpu,
                Threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
            }
            : throw new Core.InputException(
                $"`deterministic` with provider {options.Provider.ToString().ToLowerInvariant()}: is kept on the CPU only; give "
                    + $"`provider` cpu"
            );

    private static void CheckProbe(ConfidenceCalibration? calibration, NoiseSchedule schedule)
    {
        if (calibration?.Probe.Timesteps.Where(timestep => timestep >= schedule.NumTrainTimesteps).ToArray() is [var late, ..])
        {
            throw new ArtifactException(
                $"{ConfidenceCalibration.FileName}: asks at time step {late}, the model has {schedule.NumTrainTimesteps}; make it again "
                    + $"with 'cxr-lab calibrate'"
            );
        }
    }

    private static void CheckSchedule(BundleManifest manifest, NoiseSchedule schedule, InferenceTimesteps timesteps)
    {
        bool same =
            manifest.Schedule.Spacing == "trailing"
            && manifest.Schedule.Timesteps.SequenceEqual(timesteps.Ascending.ToArray())
            && manifest.Schedule.AlphasCumprod.Count == timesteps.Count;
        for (int k = 0; same && k < timesteps.Count; k++)
        {
            // The manifest's numbers went through decimal text.
            same = System.Math.Abs(manifest.Schedule.AlphasCumprod[k] - schedule.AlphaBar(timesteps[k])) <= 1e-12;
        }

        if (!same)
        {
            throw new ArtifactException($"bundle {manifest.Id}: its schedule is not the one its configuration gives; export it again");
        }
    }
}
