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
/// A loaded model that reproduced its golden cases. Freed when it was replaced and the last request that uses it is done.
/// </summary>
internal sealed class ServedModel
{
    private readonly ConcurrentDictionary<GroundingOptions, Lazy<GroundingPipeline>> _pipelines = [];
    private readonly object _gate = new();
    private int _users = 1;

    public ServedModel(string name, string requestedProvider, Bundle bundle, GroundingModel model, ParityReport report)
    {
        Name = name;
        RequestedProvider = requestedProvider;
        Bundle = bundle;
        Model = model;
        ParityReport = Encoding.UTF8.GetBytes(ParityReportJson.Document(report, withPath: false).ToJsonString());
        Proof = new ProofResult(bundle.ManifestSha256, Sha256.OfBytes(ParityReport));
    }

    /// <summary>Name under which it is served.</summary>
    public string Name { get; }

    /// <summary>The provider as it was asked for.</summary>
    public string RequestedProvider { get; }

    /// <summary>The bundle.</summary>
    public Bundle Bundle { get; }

    /// <summary>Its graphs.</summary>
    public GroundingModel Model { get; }

    /// <summary>The report of the golden cases, as it is served: UTF-8 JSON.</summary>
    public byte[] ParityReport { get; }

    /// <summary>Digests of the bundle and of <see cref="ParityReport"/>.</summary>
    public ProofResult Proof { get; }

    /// <summary>What the metrics say of it.</summary>
    public ServedBundle Description => new(Bundle.Manifest.Id, Bundle.Manifest.Precision, Model.Provider.Name);

    /// <summary>A pipeline, made once per preset and wish. Boxes are found afterwards, for the threshold of each request.</summary>
    /// <param name="preset">Name of a preset.</param>
    /// <param name="perToken">Whether sub-tokens get heatmaps.</param>
    /// <param name="confidence">Whether phrases get a confidence, where the bundle is calibrated.</param>
    /// <exception cref="Core.InputException">There is no such preset.</exception>
    public GroundingPipeline Pipeline(string preset, bool perToken = false, bool confidence = false)
    {
        // A preset that does not exist must not leave an entry behind, or requests could fill the memory.
        GroundingOptions options = new()
        {
            Preset = preset,
            PerToken = perToken,
            Confidence = confidence,
        };
        return Bundle.Manifest.Presets.ContainsKey(preset)
            ? _pipelines.GetOrAdd(options, key => new Lazy<GroundingPipeline>(() => new GroundingPipeline(Model, key))).Value
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

        Model.Dispose();
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
