using System.Collections.Concurrent;
using System.Text;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Results;
using CxrOnnx.Grounding;

namespace CxrOnnx.Server.Models;

/// <summary>A loaded model that reproduced its golden cases. Freed when it was replaced and the last request that uses it is done.</summary>
internal sealed class ServedModel
{
    private readonly ConcurrentDictionary<GroundingOptions, Lazy<Grounder>> grounders = [];
    private readonly object gate = new();
    private int users = 1;

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

    /// <summary>A grounder, made once per preset and wish. Boxes are found afterwards, for the threshold of each request.</summary>
    /// <param name="preset">Name of a preset.</param>
    /// <param name="perToken">Whether sub-tokens get heatmaps.</param>
    /// <param name="confidence">Whether phrases get a confidence, where the bundle is calibrated.</param>
    /// <exception cref="Core.InputException">There is no such preset.</exception>
    public Grounder Grounder(string preset, bool perToken = false, bool confidence = false)
    {
        // A preset that does not exist must not leave an entry behind, or requests could fill the memory.
        GroundingOptions options = new() { Preset = preset, PerToken = perToken, Confidence = confidence };
        return Bundle.Manifest.Presets.ContainsKey(preset)
            ? grounders.GetOrAdd(options, key => new Lazy<Grounder>(() => new Grounder(Model, key))).Value
            : new Grounder(Model, options);
    }

    /// <summary>Takes part; false where it has been freed already.</summary>
    public bool TryAcquire()
    {
        lock (gate)
        {
            if (users == 0)
                return false;
            users++;
            return true;
        }
    }

    /// <summary>Ends a part; the last one frees the sessions, then the bundle.</summary>
    public void Release()
    {
        lock (gate)
        {
            if (--users > 0)
                return;
        }

        Model.Dispose();
        Bundle.Dispose();
    }
}

/// <summary>The right to use a model until disposed.</summary>
internal sealed class ModelLease(ServedModel model) : IDisposable
{
    private int disposed;

    /// <summary>The model.</summary>
    public ServedModel Model { get; } = model;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
            Model.Release();
    }
}
