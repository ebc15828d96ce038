using System.Collections.Concurrent;
using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Parity;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Workflows.Results;

namespace CxrOnnx.Server.Models;

/// <summary>
/// A loaded model that reproduced its golden cases, once per device that it runs on. Freed when it was replaced and the last request that
/// uses it is done.
/// </summary>
internal sealed class ServedModel
{
    private readonly ConcurrentDictionary<(GroundingModel Model, GroundingOptions Options), Lazy<GroundingPipeline>> _pipelines = [];
    private readonly object _gate = new();
    private int _users = 1;

    /// <param name="name">Name under which it is served.</param>
    /// <param name="requestedProvider">The provider as it was asked for.</param>
    /// <param name="bundle">The bundle; taken over.</param>
    /// <param name="models">Its graphs on each device, at least one; taken over. They differ in the device only.</param>
    /// <param name="report">The report of the golden cases.</param>
    public ServedModel(string name, string requestedProvider, Bundle bundle, IReadOnlyList<GroundingModel> models, ParityReport report)
    {
        Name = name;
        RequestedProvider = requestedProvider;
        Bundle = bundle;
        Models = models;
        ParityReport = Encoding.UTF8.GetBytes(ParityReportJson.Document(report, withPath: false).ToJsonString());
        Proof = new ProofResult(bundle.ManifestSha256, Sha256.OfBytes(ParityReport));
    }

    /// <summary>Name under which it is served.</summary>
    public string Name { get; }

    /// <summary>The provider as it was asked for.</summary>
    public string RequestedProvider { get; }

    /// <summary>The bundle.</summary>
    public Bundle Bundle { get; }

    /// <summary>Its graphs on each device.</summary>
    public IReadOnlyList<GroundingModel> Models { get; }

    /// <summary>Its graphs on the first device: what all devices have in common can be asked of it.</summary>
    public GroundingModel Model => Models[0];

    /// <summary>The report of the golden cases, as it is served: UTF-8 JSON.</summary>
    public byte[] ParityReport { get; }

    /// <summary>Digests of the bundle and of <see cref="ParityReport"/>.</summary>
    public ProofResult Proof { get; }

    /// <summary>What the metrics say of it.</summary>
    public ServedBundle Description => new(Bundle.Manifest.Id, Bundle.Manifest.Precision, Model.Provider.Name);

    /// <summary>The graphs that a worker uses: workers go round the devices.</summary>
    /// <param name="worker">The worker's number, from 0.</param>
    public GroundingModel On(int worker) => Models[worker % Models.Count];

    /// <summary>
    /// A pipeline, made once per device, preset and wish. Boxes are found afterwards, for the threshold of each request.
    /// </summary>
    /// <param name="preset">Name of a preset.</param>
    /// <param name="perToken">Whether sub-tokens get heatmaps.</param>
    /// <param name="confidence">Whether phrases get a confidence, where the bundle is calibrated.</param>
    /// <param name="worker">The worker that computes with it, from 0.</param>
    /// <exception cref="Core.InputException">There is no such preset.</exception>
    public GroundingPipeline Pipeline(string preset, bool perToken = false, bool confidence = false, int worker = 0)
    {
        // A preset that does not exist must not leave an entry behind, or requests could fill the memory.
        GroundingOptions options = new()
        {
            Preset = preset,
            PerToken = perToken,
            Confidence = confidence,
        };
        return Bundle.Manifest.Presets.ContainsKey(preset)
            ? _pipelines
                .GetOrAdd((On(worker), options), key => new Lazy<GroundingPipeline>(() => new GroundingPipeline(key.Model, key.Options)))
                .Value
            : new GroundingPipeline(Model, options);
    }

    /// <summary>Takes part; false where it has been freed already.</summary>
    public bool TryAcquire()
    {
        lock (_gate)
        {
            if (_users == 0)
            {
                return false;
            }

            _users++;
            return true;
        }
    }

    /// <summary>Ends a part; the last one frees the sessions, then the bundle.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (--_users > 0)
            {
                return;
            }
        }

        foreach (GroundingModel model in Models)
        {
            model.Dispose();
        }

        Bundle.Dispose();
    }
}

/// <summary>The right to use a model until disposed.</summary>
internal sealed class ModelLease(ServedModel model) : IDisposable
{
    private int _disposed;

    /// <summary>The model.</summary>
    public ServedModel Model { get; } = model;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Model.Release();
        }
    }
}
