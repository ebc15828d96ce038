using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// The sessions of a model. Each is built once, when it is first needed, and shared; the weight file is mapped once for all of them.
/// Thread-safe.
/// </summary>
internal sealed class ModelSessions : IDisposable
{
    private readonly Bundle _bundle;
    private readonly GroundingModelOptions _options;
    private readonly ProviderChoice _provider;
    private readonly Dictionary<string, Lazy<GraphSession>> _plain = [];
    private readonly Dictionary<string, Lazy<GraphSession>> _set = [];
    private readonly Lazy<SharedWeights?> _weights;
    private readonly PrePackedWeightsContainer _prepacked = new();
    private readonly ConcurrentDictionary<string, string> _unrecorded = new(StringComparer.Ordinal);
    private bool _disposed;

    /// <summary>Prepares the sessions.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="options">How to load.</param>
    /// <param name="provider">What to run on.</param>
    /// <param name="set">The further graph set in use; null = none.</param>
    public ModelSessions(Bundle bundle, GroundingModelOptions options, ProviderChoice provider, BundleGraphSet? set)
    {
        _bundle = bundle;
        _options = options;
        _provider = provider;
        _weights = new Lazy<SharedWeights?>(OpenWeights);
        foreach ((string name, BundleGraph graph) in bundle.Manifest.Graphs)
        {
            _plain.Add(name, new Lazy<GraphSession>(() => Open(name, graph, ofSet: false)));
        }

        foreach ((string name, BundleGraph graph) in set?.Graphs ?? new Dictionary<string, BundleGraph>())
        {
            _set.Add(name, new Lazy<GraphSession>(() => Open(name, graph, ofSet: true)));
        }
    }

    /// <summary>A plain graph, or that of the set which has the same border.</summary>
    /// <exception cref="ArtifactException">There is no such graph, or it cannot be loaded.</exception>
    public GraphSession this[string name]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // Image and latents are what they are in every set; the U-Net's graphs have other inputs.
            if (name == BundleLayout.VaeEncoder && _set.TryGetValue(name, out Lazy<GraphSession>? own))
            {
                return own.Value;
            }

            return _plain.TryGetValue(name, out Lazy<GraphSession>? session)
                ? session.Value
                : throw new ArtifactException(
                    $"bundle {_bundle.Manifest.Id} has no graph {name}; it has "
                        + $"{string.Join(", ", _plain.Keys.Order(StringComparer.Ordinal))}"
                );
        }
    }

    /// <summary>A graph of the set.</summary>
    public GraphSession OfSet(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _set[name].Value;
    }

    /// <summary>
    /// Opens a graph of the set anew, so that its calls are never recorded: for a provider that failed while it recorded. The session that
    /// was there is disposed; nothing may be bound to it any more. On the thread of its <see cref="ConditionedUNet"/>.
    /// </summary>
    /// <param name="name">The graph.</param>
    /// <param name="reason">What the provider said.</param>
    public void StopRecording(string name, string reason)
    {
        _unrecorded[name] = reason;
        _set[name].Value.Dispose();
        BundleGraph graph = _set[name].Value.Graph;
        _set[name] = new Lazy<GraphSession>(() => Open(name, graph, ofSet: true, records: false));
    }

    /// <summary>Graphs of the set whose calls were to be recorded and are not, by name, and what the provider said.</summary>
    public IReadOnlyDictionary<string, string> Unrecorded => _unrecorded;

    /// <summary>Opens every session that a grounding needs.</summary>
    public void OpenAll()
    {
        string[] needed = [BundleLayout.TextEncoder, BundleLayout.VaeEncoder, BundleLayout.Denoiser, BundleLayout.Attention];
        foreach (string name in needed.Where(name => !_set.ContainsKey(name)))
        {
            _ = this[name];
        }

        foreach (string name in _set.Keys)
        {
            _ = OfSet(name);
        }
    }

    /// <summary>Ends the profiles of the sessions that were opened: the files, by graph.</summary>
    public IReadOnlyDictionary<string, string> EndProfiling() =>
        _plain
            .Concat(_set)
            .Where(entry => entry.Value.IsValueCreated)
            .ToDictionary(entry => entry.Key, entry => entry.Value.Value.EndProfiling());

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        CaptureGate.Work(() =>
        {
            foreach (Lazy<GraphSession> session in _plain.Values.Concat(_set.Values).Where(session => session.IsValueCreated))
            {
                session.Value.Dispose();
            }

            return true;
        });

        _prepacked.Dispose();
        if (_weights.IsValueCreated)
        {
            _weights.Value?.Dispose();
        }
    }

    /// <summary>
    /// cuDNN reports as errors what ONNX Runtime only tries before it takes another way: hundreds of lines on stderr for a right run.
    /// Real errors are thrown.
    /// </summary>
    private OrtLoggingLevel Severity =>
        _provider.Taken == ExecutionProvider.Cpu ? OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR : OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;

    /// <summary>Weights are shared on the CPU; an accelerator copies them to its own memory and ignores values in host memory.</summary>
    private SharedWeights? OpenWeights() =>
        _provider.Taken == ExecutionProvider.Cpu && BundleLayout.WeightsOf(_bundle.Manifest) is { } weights
            ? new SharedWeights(_bundle.PathOf(weights.Path))
            : null;

    private GraphSession Open(string name, BundleGraph graph, bool ofSet)
    {
        bool records = ofSet && name is BundleLayout.Step or BundleLayout.Attention;
        try
        {
            return CaptureGate.Work(() => Open(name, graph, ofSet, records));
        }
        catch (ArtifactException error) when (records)
        {
            // A provider refuses to record a graph of which a part runs elsewhere. Recording only saves time.
            _unrecorded[name] = error.Message;
            return CaptureGate.Work(() => Open(name, graph, ofSet, records: false));
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The session is owned by the GraphSession that is returned.")]
    private GraphSession Open(string name, BundleGraph graph, bool ofSet, bool records)
    {
        using SessionOptions options = new() { LogSeverityLevel = Severity };
        if (_options.Threads > 0)
        {
            options.IntraOpNumThreads = _options.Threads;
        }

        if (!_options.PrepackWeights)
        {
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
            // The highest level would rewrite convolution weights into a blocked layout, one private copy per session.
            options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED;
        }

        if (_options.FixImageSize)
        {
            FixDimensions(options);
        }

        if (_options.ProfileFolder is not null)
        {
            // In this order: switching it on takes the path as it is then.
            options.ProfileOutputPathPrefix = Path.Combine(_options.ProfileFolder, name);
            options.EnableProfiling = true;
        }

        // The table of time steps is single precision in every set.
        bool half = ofSet && _options.Math == MathPrecision.Fp16 && name != BundleLayout.TimeTable;
        _provider.Append(options, half, records);
        InferenceSession? session = null;
        try
        {
            SharedWeights? weights = ofSet ? null : _weights.Value;
            weights?.AddTo(options, Part(name));
            // ONNX Runtime's integer convolution cannot share what it packs: it refuses the container.
            session =
                _bundle.Manifest.Precision == "int8"
                    ? new InferenceSession(_bundle.PathOf(graph.File), options)
                    : new InferenceSession(_bundle.PathOf(graph.File), options, _prepacked);
            GraphSignature.CheckGraph(graph, session);
            if (_options.PrepackWeights)
            {
                weights?.ReleasePages();
            }

            return new GraphSession(name, graph, session, records);
        }
        catch (OnnxRuntimeException error)
        {
            throw new ArtifactException($"{graph.File}: ONNX Runtime cannot load it: {error.Message.Split('\n', 2)[0].Trim()}", error);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    private void FixDimensions(SessionOptions options)
    {
        int image = _bundle.Manifest.Model.Image.Size;
        int latents = _bundle.Manifest.Model.LatentSide;
        options.AddFreeDimensionOverrideByName("image_height", image);
        options.AddFreeDimensionOverrideByName("image_width", image);
        options.AddFreeDimensionOverrideByName("latent_height", latents);
        options.AddFreeDimensionOverrideByName("latent_width", latents);
        options.AddFreeDimensionOverrideByName("prompt_tokens", _bundle.Manifest.Model.TextEncoder.MaxPositionEmbeddings);
    }

    /// <summary>Prefix of the weights that a graph uses.</summary>
    private static string Part(string graph) =>
        graph switch
        {
            BundleLayout.TextEncoder => "text.",
            BundleLayout.VaeEncoder => "vae.",
            BundleLayout.Denoiser or BundleLayout.Attention => "unet.",
            _ => "",
        };
}
