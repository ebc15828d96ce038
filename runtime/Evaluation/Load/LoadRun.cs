using System.Diagnostics;
using CxrOnnx.Core;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Evaluation.Bench;
using CxrOnnx.Grounding;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;
using CxrOnnx.Imaging;

namespace CxrOnnx.Evaluation.Load;

/// <summary>
/// Puts load on a running service and measures it against the library, which does the same work in this process. Both take turns, burst by
/// burst, so that a busy machine slows them alike and the ratios hold.
/// </summary>
public sealed class LoadRun : IDisposable
{
    private const int MostLibraryRuns = 4;

    private readonly LoadRequest _request;
    private readonly byte[] _image;
    private readonly string[] _phrases;
    private readonly Bundle _bundle;
    private readonly GroundingModel _model;
    private readonly GroundingPipeline _grounder;
    private readonly LoadClient _client;
    private int _next;

    private LoadRun(LoadRequest request)
    {
        if (request.Clients.Count == 0 || request.Clients.Any(clients => clients is < 1 or > 1024))
        {
            throw new InputException("`clients`: wanted numbers of 1 to 1024");
        }

        if (request.Requests < 1)
        {
            throw new InputException($"`requests` {request.Requests}: must be at least 1");
        }

        if (!File.Exists(request.Image))
        {
            throw new InputException($"{request.Image}: no such file");
        }

        _request = request;
        _image = File.ReadAllBytes(request.Image);
        _phrases = [.. BenchRun.Prompts()];
        _bundle = Bundle.Open(request.Bundle);
        _model = GroundingModel.Load(_bundle, request.Model);
        _grounder = new GroundingPipeline(_model, new GroundingOptions { Preset = request.Preset });
        _client = new LoadClient(request);
    }

    /// <summary>Measures.</summary>
    /// <param name="request">What to measure.</param>
    /// <param name="progress">Gets the finished share, 0 to 1.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <exception cref="CxrOnnxException">Wrong image, bundle or preset; no such service, or it serves another bundle.</exception>
    public static async Task<LoadResult> ExecuteAsync(LoadRequest request, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        using LoadRun run = new(request);
        return await run.ExecuteAsync(progress, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _model.Dispose();
        _bundle.Dispose();
    }

    private async Task<LoadResult> ExecuteAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        string model = await _client.FindModelAsync(_bundle.ManifestSha256, cancellationToken);
        _model.LoadGraphs();
        bool same = await SameTrajectoryAsync(model, cancellationToken);
        using ImageTrajectory trajectory = Invert(_image);
        List<LoadRow> rows = [];
        (LoadScenario Scenario, int Clients)[] plan =
        [
            .. Enum.GetValues<LoadScenario>()
                .SelectMany(scenario => _request.Clients.Distinct(), (scenario, clients) => (scenario, clients))
                // With one client there is nobody to share an image with.
                .Where(row => row is not (LoadScenario.SharedImage, 1)),
        ];
        foreach ((LoadScenario scenario, int clients) in plan)
        {
            (Func<int, Task<LoadResponse>> ask, Action library) = await ScenarioAsync(
                scenario,
                clients,
                model,
                trajectory,
                cancellationToken
            );
            rows.Add(await MeasureAsync(scenario, clients, ask, library, cancellationToken));
            progress?.Report((double)rows.Count / plan.Length);
        }

        return new LoadResult
        {
            CreatedBy = ToolVersion.Cxr,
            Machine = BenchMachine.Of(_model.Provider, _request.Model.Threads),
            BundleId = _bundle.Manifest.Id,
            Preset = _request.Preset,
            SameTrajectory = same,
            Rows = rows,
        };
    }

    private async Task<(Func<int, Task<LoadResponse>> Ask, Action Library)> ScenarioAsync(
        LoadScenario scenario,
        int clients,
        string model,
        ImageTrajectory trajectory,
        CancellationToken cancellationToken
    )
    {
        if (scenario == LoadScenario.NewImage)
        {
            void Library()
            {
                using ImageTrajectory own = Invert(NewImage());
                _grounder.Ground(own, [NextPhrase()], null, cancellationToken);
            }

            return (_ => _client.GroundAsync(NewImage(), NextPhrase(), model, cancellationToken), Library);
        }

        List<string> ids = [];
        for (int i = 0; i < (scenario == LoadScenario.WarmImage ? clients : 1); i++)
        {
            ids.Add(await _client.UploadAsync(NewImage(), model, cancellationToken));
        }

        return (
            client => _client.GroundStoredAsync(ids[client % ids.Count], NextPhrase(), model, cancellationToken),
            () => _grounder.Ground(trajectory, [NextPhrase()], null, cancellationToken)
        );
    }

    /// <summary>
    /// One client: service and library request by request. Several: bursts of two requests per client, a few runs of the library between
    /// them.
    /// </summary>
    private async Task<LoadRow> MeasureAsync(
        LoadScenario scenario,
        int clients,
        Func<int, Task<LoadResponse>> ask,
        Action library,
        CancellationToken cancellationToken
    )
    {
        int burst = clients == 1 ? 1 : 2 * clients;
        int bursts = (_request.Requests + burst - 1) / burst;
        List<LoadResponse> answers = [];
        List<double> librarySeconds = [];
        double burstSeconds = 0;
        double libraryProcessor = 0;

        // Neither side's first run counts.
        library();
        await ask(0);
        double? processorBefore = await _client.ProcessorSecondsAsync(cancellationToken);
        for (int i = 0; i < bursts; i++)
        {
            long start = Stopwatch.GetTimestamp();
            answers.AddRange(await BurstAsync(clients, burst, ask));
            burstSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            for (int j = 0; j < Math.Min(burst, MostLibraryRuns); j++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                double used = new BenchClock(ProcessorTime: true).Time(() =>
                    librarySeconds.Add(new BenchClock(ProcessorTime: false).Time(library))
                );
                libraryProcessor += used;
            }
        }

        double? processor = await _client.ProcessorSecondsAsync(cancellationToken) - processorBefore;
        LoadResponse[] answered = [.. answers.Where(answer => answer.Failure is null)];
        if (answered.Length == 0)
        {
            throw new InputException($"{_request.Service}: no request was answered with a result: {answers[0].Failure}");
        }

        double perSecond = answered.Length / burstSeconds;
        double[] overheads = [.. answered.Select(answer => answer.Overhead).Order()];
        return new LoadRow
        {
            Scenario = scenario,
            Clients = clients,
            Answered = answered.Length,
            Refused = answers.Sum(answer => answer.Refused),
            Failed = answers.Count - answered.Length,
            Failure = answers.FirstOrDefault(answer => answer.Failure is not null)?.Failure,
            RequestsPerSecond = perSecond,
            Seconds = LatencySummary.Of(answered.Select(answer => answer.Duration.TotalSeconds)),
            LibrarySeconds = LatencySummary.Of(librarySeconds),
            Throughput = perSecond * librarySeconds.Average(),
            Overhead = clients == 1 ? LatencySummary.Of(overheads).P50 : null,
            ProcessorSeconds = processor / answered.Length,
            LibraryProcessorSeconds = libraryProcessor / librarySeconds.Count,
        };
    }

    /// <summary>Every client asks again as soon as it is answered, until the burst's requests are used up.</summary>
    private static async Task<IEnumerable<LoadResponse>> BurstAsync(int clients, int requests, Func<int, Task<LoadResponse>> ask)
    {
        int taken = 0;
        return (
            await Task.WhenAll(
                Enumerable
                    .Range(0, clients)
                    .Select(client =>
                        Task.Run(async () =>
                        {
                            List<LoadResponse> own = [];
                            while (Interlocked.Increment(ref taken) <= requests)
                            {
                                own.Add(await ask(client));
                            }

                            return own;
                        })
                    )
            )
        ).SelectMany(own => own);
    }

    private async Task<bool> SameTrajectoryAsync(string model, CancellationToken cancellationToken)
    {
        byte[] image = NewImage();
        LoadResponse answer = await _client.GroundAsync(image, NextPhrase(), model, cancellationToken);
        if (answer.Failure is { } failure)
        {
            throw new InputException($"the service does not ground {_request.Image} with preset {_request.Preset}: {failure}");
        }

        using ImageTrajectory own = Invert(image);
        return own.Sha256 == answer.TrajectorySha256;
    }

    private ImageTrajectory Invert(byte[] image) => _grounder.Invert(RadiographReader.Read(image, Path.GetFileName(_request.Image)).Image);

    /// <summary>
    /// A file that nobody has seen: the same picture with some bytes after its end, which decoders skip but the file's hash does not.
    /// </summary>
    private byte[] NewImage() => [.. _image, .. Guid.NewGuid().ToByteArray()];

    private string NextPhrase() => _phrases[(Interlocked.Increment(ref _next) & int.MaxValue) % _phrases.Length];
}
