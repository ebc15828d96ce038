using System.Diagnostics.Metrics;

namespace CxrOnnx.Server.Metrics;

/// <summary>
/// The service's metrics: .NET instruments of the meter <c>CxrOnnx.Server</c>, exported by <see cref="PrometheusExporter"/>. No label holds
/// anything of a request but its method, route and status.
/// </summary>
internal sealed class ServiceMetrics : IDisposable
{
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
    };

    private static readonly InstrumentAdvice<double> Sizes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] };

    private readonly Meter _meter = new("CxrOnnx.Server");
    private readonly PrometheusExporter _exporter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _rejected;
    private readonly Histogram<double> _durations;
    private readonly Histogram<double> _stages;
    private readonly Gauge<long> _modelInfo;
    private readonly Gauge<long> _modelReady;

    public ServiceMetrics()
    {
        _exporter = new PrometheusExporter(_meter);
        _requests = _meter.CreateCounter<long>("cxr_requests_total", null, "Answered requests.");
        _rejected = _meter.CreateCounter<long>("cxr_rejected_total", null, "Requests answered 429.");
        _durations = _meter.CreateHistogram(
            "cxr_request_seconds",
            null,
            "Time from the arrival of a request to the end of its answer.",
            null,
            Seconds
        );
        _stages = _meter.CreateHistogram(
            "cxr_stage_seconds",
            null,
            "Time of a stage: image (decoding), trajectory (an image's share of the inversion), phrases (a batch), infer.",
            null,
            Seconds
        );
        _modelInfo = _meter.CreateGauge<long>("cxr_model_info", null, "1 for the bundle that is served.");
        _modelReady = _meter.CreateGauge<long>("cxr_model_ready", null, "1 where a model reproduced its golden cases and is served.");
        QueueDepth = _meter.CreateGauge<long>("cxr_queue_depth", null, "Requests that wait for a worker.");
        Inside = _meter.CreateGauge<long>("cxr_requests_inside", null, "Admitted requests that are not answered yet.");
        QueueWait = _meter.CreateHistogram("cxr_queue_wait_seconds", null, "Time in the queue.", null, Seconds);
        BatchPhrases = _meter.CreateHistogram("cxr_batch_phrases", null, "Phrases computed together.", null, Sizes);
        BatchImages = _meter.CreateHistogram("cxr_batch_images", null, "Images whose trajectories were computed together.", null, Sizes);
        TrajectoryHits = _meter.CreateCounter<long>("cxr_trajectory_cache_hits_total", null, "Trajectories that had been computed before.");
        TrajectoryMisses = _meter.CreateCounter<long>("cxr_trajectory_cache_misses_total", null, "Trajectories that had to be computed.");
        TrajectoryEvictions = _meter.CreateCounter<long>("cxr_trajectory_cache_evictions_total", null, "Trajectories that had to go.");
        TrajectoryBytes = _meter.CreateGauge<long>("cxr_trajectory_cache_bytes", null, "Bytes of kept trajectories.");
        ImageBytes = _meter.CreateGauge<long>("cxr_image_cache_bytes", null, "Bytes of kept image files.");
        _ = _meter.CreateObservableCounter(
            "process_cpu_seconds_total",
            () => Environment.CpuUsage.TotalTime.TotalSeconds,
            null,
            "Processor time of the process."
        );
        _ = _meter.CreateObservableGauge(
            "process_resident_memory_bytes",
            () => Environment.WorkingSet,
            null,
            "Resident memory of the process."
        );
    }

    public Gauge<long> QueueDepth { get; }

    public Gauge<long> Inside { get; }

    public Histogram<double> QueueWait { get; }

    public Histogram<double> BatchPhrases { get; }

    public Histogram<double> BatchImages { get; }

    public Counter<long> TrajectoryHits { get; }

    public Counter<long> TrajectoryMisses { get; }

    public Counter<long> TrajectoryEvictions { get; }

    public Gauge<long> TrajectoryBytes { get; }

    public Gauge<long> ImageBytes { get; }

    /// <summary>Everything in Prometheus' text format.</summary>
    public string Export() => _exporter.Export();

    public void Request(string method, string route, int status, TimeSpan duration)
    {
        _requests.Add(1, new("method", method), new("route", route), new("status", status));
        _durations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("route", route));
        if (status == 429)
        {
            _rejected.Add(1);
        }
    }

    public void Stage(string stage, TimeSpan duration) =>
        _stages.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    /// <summary>Tells which bundle is served, after the one that was served before.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="before">What was served before, or null.</param>
    /// <param name="now">What is served now, or null.</param>
    public void Model(string name, ServedBundle? before, ServedBundle? now)
    {
        void Info(ServedBundle? bundle, long value)
        {
            if (bundle is not null)
            {
                _modelInfo.Record(
                    value,
                    new("model", name),
                    new("bundle", bundle.Id),
                    new("precision", bundle.Precision),
                    new("provider", bundle.Provider)
                );
            }
        }

        Info(before, 0);
        Info(now, 1);
        _modelReady.Record(now is null ? 0 : 1, new KeyValuePair<string, object?>("model", name));
    }

    public void Dispose()
    {
        _exporter.Dispose();
        _meter.Dispose();
    }
}
