using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Preprocessing;
using CxrOnnx.Grounding.Parity;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;
using CxrOnnx.Server.Configuration;
using CxrOnnx.Server.Metrics;
using CxrOnnx.Server.Models;
using CxrOnnx.Server.Work;
using Microsoft.Extensions.Logging;

namespace CxrOnnx.Server.Tests.Work;

/// <summary>The queue and what computes it, without the web server: the test itself is the worker, or starts some.</summary>
internal sealed class WorkerBench : IDisposable
{
    private readonly LogCapture _log = new();
    private readonly LoggerFactory _loggers;
    private readonly ServiceOptions _options;
    private readonly GroundingWork _work;

    /// <param name="options">The service's settings.</param>
    /// <param name="devices">Models that stand for devices; all on the CPU.</param>
    public WorkerBench(ServiceOptions options, int devices = 1)
    {
        _options = options;
        _loggers = new LoggerFactory([_log]);
        Cache = new TrajectoryCache(options, Metrics);
        _work = new GroundingWork(Cache, options, Metrics, new JointInversion(Metrics, _loggers.CreateLogger<JointInversion>()));
        Bundle bundle = Bundle.Open(TestService.Bundle);
        GroundingModelOptions cpu = new() { Provider = ExecutionProvider.Cpu, Threads = 1 };
        GroundingModel[] models = [.. Enumerable.Range(0, devices).Select(_ => GroundingModel.Load(bundle, cpu))];
        ParityReport report = GoldenVerification.Run(models[0], null, null, CancellationToken.None);
        Model = new ServedModel("tiny", "cpu", bundle, models, report);
    }

    public WorkQueue Queue { get; } = new();

    public ServiceMetrics Metrics { get; } = new();

    public TrajectoryCache Cache { get; }

    public ServedModel Model { get; }

    public IEnumerable<string> Log => _log.Lines;

    /// <summary>Pictures of different sizes, none square.</summary>
    public static GrayImage Picture(int number) =>
        RadiographReader.Read(Radiographs.Png(80 + (16 * number), 100 - (8 * number)), "image").Image;

    public GroundingJob Job(
        string image,
        Func<GrayImage> picture,
        string phrase = "edema",
        string preset = "exact",
        IProgress<GroundingProgress>? progress = null,
        CancellationToken client = default
    ) =>
        new(_work)
        {
            Model = Model,
            Preset = preset,
            ImageKey = image,
            Image = picture,
            Phrases = [phrase],
            PerToken = false,
            Confidence = false,
            Progress = progress,
            CancellationToken = client,
        };

    /// <summary>Adds jobs and takes the first, as a worker does.</summary>
    /// <returns>Jobs that the worker computed.</returns>
    public async Task<int> RunOnceAsync(int worker, params GroundingJob[] jobs)
    {
        Array.ForEach(jobs, Queue.Add);
        return (await Queue.TakeAsync(CancellationToken.None)).Run(Queue, worker);
    }

    /// <summary>The workers of the service.</summary>
    public WorkerService Workers() => new(Queue, new Admission(_options, Queue), _options);

    /// <summary>A number of the metrics' text.</summary>
    public string Metric(string name) =>
        Metrics.Export().Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..];

    public void Dispose()
    {
        Model.Release();
        Queue.Dispose();
        Metrics.Dispose();
        _loggers.Dispose();
    }
}
