using CxrOnnx.Core;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Server.Configuration;

/// <summary>
/// Settings of the service: the section <c>Cxr</c> of the usual ASP.NET configuration (<c>appsettings.json</c>, environment variables such
/// as <c>Cxr__QueueLength</c>), overridden by the options of <c>cxr serve</c>. Addresses and certificates are Kestrel's own settings.
/// </summary>
public sealed record ServiceOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Cxr";

    /// <summary>Bundles to serve: a folder or .cxrb file, optionally as <c>NAME=PATH</c>. The first is the default model.</summary>
    public IReadOnlyList<string> Bundles { get; init; } = [];

    /// <summary>File with API keys, one per line, optionally <c>name key</c>; null: no keys.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Whether to listen beyond loopback without API keys.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</summary>
    public string Provider { get; init; } = "auto";

    /// <summary><c>fp32</c>, <c>tf32</c> or <c>fp16</c>: how numbers are computed.</summary>
    public string Math { get; init; } = "fp32";

    /// <summary>CUDA plug-in provider library, or null.</summary>
    public string? ProviderLibrary { get; init; }

    /// <summary>
    /// Numbers of the GPUs to serve on; each loads the models and has <see cref="Workers"/> workers of its own. Empty: the first.
    /// </summary>
    public IReadOnlyList<int> DeviceIds { get; init; } = [];

    /// <summary>Threads that one operator may use; 0 = one per physical core.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Whether a phrase gets the same bytes whichever other requests it is computed with. CPU only; phrases of a batch share no work then.
    /// </summary>
    public bool Deterministic { get; init; }

    /// <summary>Requests that may wait. One more is answered 429.</summary>
    public int QueueLength { get; init; } = 32;

    /// <summary>
    /// Batches computed at the same time on a device. One fills a GPU or the cores of a machine; more help only with many small models.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>
    /// Waiting images whose trajectories are computed together; null: what the provider gains from
    /// (<see cref="GroundingPipeline.ImagesAtOnce"/>).
    /// </summary>
    public int? ImagesAtOnce { get; init; }

    /// <summary>Phrases of waiting requests for one image that are computed together.</summary>
    public int MaxBatchPhrases { get; init; } = 32;

    /// <summary>Most bytes of a request's body.</summary>
    public long MaxBodyBytes { get; init; } = 64L << 20;

    /// <summary>Most pixels of an image.</summary>
    public long MaxPixels { get; init; } = 50_000_000;

    /// <summary>Most phrases of a request, those found in its report included.</summary>
    public int MaxPhrases { get; init; } = 16;

    /// <summary>Most characters of a phrase.</summary>
    public int MaxPhraseCharacters { get; init; } = 500;

    /// <summary>Most characters of a report.</summary>
    public int MaxReportCharacters { get; init; } = 20_000;

    /// <summary>
    /// Largest batch dimension of a tensor in an inference request; every other free dimension may be twice its usual size.
    /// </summary>
    public int MaxInferenceBatch { get; init; } = 32;

    /// <summary>Seconds after which a request is given up and answered 504. A request may ask for less.</summary>
    public double DeadlineSeconds { get; init; } = 120;

    /// <summary>
    /// Slowest upload in bytes per second, on average, after <see cref="UploadGraceSeconds"/>; slower clients are answered 408.
    /// </summary>
    public double MinUploadBytesPerSecond { get; init; } = 8192;

    /// <summary>Seconds for which an upload may be slower. The web server looks once a second, so it must be more than one.</summary>
    public double UploadGraceSeconds { get; init; } = 5;

    /// <summary>Seconds that a termination signal waits for accepted requests.</summary>
    public double DrainSeconds { get; init; } = 120;

    /// <summary>
    /// Seconds between a termination signal (from which on the service reports not ready) and the closing of the listening sockets.
    /// </summary>
    public double DrainDelaySeconds { get; init; }

    /// <summary>Most bytes of trajectories that are kept.</summary>
    public long TrajectoryCacheBytes { get; init; } = 256L << 20;

    /// <summary>Most bytes of uploaded image files that are kept.</summary>
    public long ImageCacheBytes { get; init; } = 512L << 20;

    /// <summary>Folder with sample radiographs for the page; null: none.</summary>
    public string? Samples { get; init; }

    /// <summary>Numbers of the devices, at least one.</summary>
    internal IReadOnlyList<int> Devices => DeviceIds.Count == 0 ? [0] : DeviceIds;

    /// <summary>Batches computed at the same time on all devices.</summary>
    internal int AllWorkers => Workers * Devices.Count;

    /// <summary>Checks every number.</summary>
    /// <exception cref="InputException">Something cannot be; every problem is named.</exception>
    public ServiceOptions Validated()
    {
        List<string> problems = [];
        void AtLeast(string name, double value, double least)
        {
            if (!(value >= least))
            {
                problems.Add(FormattableString.Invariant($"{Section}:{name} is {value}, must be at least {least}"));
            }
        }

        if (Bundles.Count == 0)
        {
            problems.Add($"{Section}:Bundles is empty; give a bundle with `bundle` DIR");
        }

        AtLeast(nameof(QueueLength), QueueLength, 1);
        AtLeast(nameof(Workers), Workers, 1);
        AtLeast(nameof(MaxBatchPhrases), MaxBatchPhrases, 1);
        AtLeast(nameof(MaxBodyBytes), MaxBodyBytes, 1024);
        AtLeast(nameof(MaxPixels), MaxPixels, 1024);
        AtLeast(nameof(MaxPhrases), MaxPhrases, 1);
        AtLeast(nameof(MaxPhraseCharacters), MaxPhraseCharacters, 1);
        AtLeast(nameof(MaxReportCharacters), MaxReportCharacters, 1);
        AtLeast(nameof(MaxInferenceBatch), MaxInferenceBatch, 1);
        AtLeast(nameof(DeadlineSeconds), DeadlineSeconds, 0.001);
        AtLeast(nameof(MinUploadBytesPerSecond), MinUploadBytesPerSecond, 1);
        AtLeast(nameof(UploadGraceSeconds), UploadGraceSeconds, 1.1);
        AtLeast(nameof(DrainSeconds), DrainSeconds, 0);
        AtLeast(nameof(DrainDelaySeconds), DrainDelaySeconds, 0);
        AtLeast(nameof(TrajectoryCacheBytes), TrajectoryCacheBytes, 0);
        AtLeast(nameof(ImageCacheBytes), ImageCacheBytes, 0);
        AtLeast(nameof(Threads), Threads, 0);
        if (DeviceIds.Any(id => id < 0) || DeviceIds.Distinct().Count() < DeviceIds.Count)
        {
            problems.Add($"{Section}:DeviceIds is {string.Join(',', DeviceIds)}; want each number once, from 0");
        }

        _ = ExecutionProviders.Parse(Provider);
        _ = MathPrecisions.Parse(Math);
        GroundingPipeline.CheckImagesAtOnce(ImagesAtOnce, Deterministic);
        return problems.Count == 0 ? this : throw new InputException(string.Join("; ", problems));
    }
}
