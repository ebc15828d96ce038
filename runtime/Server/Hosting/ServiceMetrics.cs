using System.Diagnostics.Metrics;
using CxrOnnx.Server.Models;

namespace CxrOnnx.Server.Hosting;

/// <summary>
/// The service's metrics: .NET instruments of the meter <c>CxrOnnx.Server</c>, exported by <see cref="PrometheusExporter"/>. No label holds anything of a
/// request but its method, route and status.
/// </summary>
internal sealed class ServiceMetrics : IDisposable
{
    private static readonly InstrumentAdvice<double> Seconds =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160] };

    private static readonly InstrumentAdvice<double> Sizes = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] };

    private readonly Meter meter = new("CxrOnnx.Server");
    private readonly PrometheusExporter exporter;
    private readonly Counter<long> requests;
    private readonly Counter<long> rejected;
    private readonly Histogram<double> durations;
    private readonly Histogram<double> stages;
    private readonly Gauge<long> modelInfo;
    private readonly Gauge<long> modelReady;

    public ServiceMetrics()
    {
        exporter = new PrometheusExporter(meter);
        requests = meter.CreateCounter<long>("cxr_requests_total", null, "Answered requests.");
        rejected = meter.CreateCounter<long>("cxr_rejected_total", null, "Requests answered 429.");
        durations = meter.CreateHistogram("cxr_request_seconds", null, "Time from the arrival of a request to the end of its answer.", null, Seconds);
        stages = meter.CreateHistogram("cxr_stage_seconds", null, "Time of a stage: image (decoding), trajectory (inversion), phrases (a batch), infer.", null, Seconds);
        modelInfo = meter.CreateGauge<long>("cxr_model_info", null, "1 for the bundle that is served.");
        modelReady = meter.CreateGauge<long>("cxr_model_ready", null, "1 where a model reproduced its golden cases and is served.");
        QueueDepth = meter.CreateGauge<long>("cxr_queue_depth", null, "Requests that wait for a worker.");
        Inside = meter.CreateGauge<long>("cxr_requests_inside", null, "Admitted requests that are not answered yet.");
        QueueWait = meter.CreateHistogram("cxr_queue_wait_seconds", null, "Time in the queue.", null, Seconds);
        BatchPhrases = meter.CreateHistogram("cxr_batch_phrases", null, "Phrases computed together.", null, Sizes);
        TrajectoryHits = meter.CreateCounter<long>("cxr_trajectory_cache_hits_total", null, "Trajectories that had been computed before.");
        TrajectoryMisses = meter.CreateCounter<long>("cxr_trajectory_cache_misses_total", null, "Trajectories that had to be computed.");
        TrajectoryEvictions = meter.CreateCounter<long>("cxr_trajectory_cache_evictions_total", null, "Trajectories that had to go.");
        TrajectoryBytes = meter.CreateGauge<long>("cxr_trajectory_cache_bytes", null, "Bytes of kept trajectories.");
        ImageBytes = meter.CreateGauge<long>("cxr_image_cache_bytes", null, "Bytes of kept image files.");
        _ = meter.CreateObservableCounter("process_cpu_seconds_total", () => Environment.CpuUsage.TotalTime.TotalSeconds, null, "Processor time of the process.");
        _ = meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, null, "Resident memory of the process.");
    }

    public Gauge<long> QueueDepth { get; }

    public Gauge<long> Inside { get; }

    public Histogram<double> QueueWait { get; }

    public Histogram<double> BatchPhrases { get; }

    public Counter<long> TrajectoryHits { get; }

    public Counter<long> TrajectoryMisses { get; }

    public Counter<long> TrajectoryEvictions { get; }

    public Gauge<long> TrajectoryBytes { get; }

    public Gauge<long> ImageBytes { get; }

    /// <summary>Everything in Prometheus' text format.</summary>
    public string Export() => exporter.Export();

    public void Request(string method, string route, int status, TimeSpan duration)
    {
        requests.Add(1, new("method", method), new("route", route), new("status", status));
        durations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("route", route));
        if (status == 429)
            rejected.Add(1);
    }

    public void Stage(string stage, TimeSpan duration) => stages.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    /// <summary>Tells which bundle is served, after the one that was served before.</summary>
    public void Model(ModelSlot slot, ServedModel? before)
    {
        void Info(ServedModel? model, long value)
        {
            if (model is not null)
            {
                modelInfo.Record(
                    value, new("model", slot.Name), new("bundle", model.Bundle.Manifest.Id), new("precision", model.Bundle.Manifest.Precision), new("provider", model.Model.Provider.Name));
            }
        }

        Info(before, 0);
        Info(slot.Current, 1);
        modelReady.Record(slot.Current is null ? 0 : 1, new KeyValuePair<string, object?>("model", slot.Name));
    }

    public void Dispose()
    {
        exporter.Dispose();
        meter.Dispose();
    }
}
