namespace CxrOnnx.Evaluation.Bench;

/// <summary>Looks at a GPU while something is measured: how much of the time it is busy, and how much memory it ends up with.</summary>
internal sealed class DeviceWatch : IDisposable
{
    // The driver's own samples are a sixth of a second to a second long; asking more often gives the same answers again.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly NvidiaManagement? _management;
    private readonly string _reason;
    private readonly long? _usedBefore;
    private readonly List<double> _samples = [];
    private readonly CancellationTokenSource _stop = new();
    private Task? _work;

    /// <summary>Remembers how much of the GPU's memory is in use before anything is loaded.</summary>
    /// <param name="index">Number of the GPU.</param>
    public DeviceWatch(int index)
    {
        _management = NvidiaManagement.Open(index, out _reason);
        _usedBefore = _management?.UsedBytes;
    }

    /// <summary>Begins to look how busy the GPU is.</summary>
    public void Start() =>
        _work ??= _management is null
            ? null
            : Task.Run(async () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    await Task.Delay(Interval, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
                    if (!_stop.IsCancellationRequested && _management.Busy is { } share)
                    {
                        _samples.Add(share);
                    }
                }
            });

    /// <summary>Ends looking.</summary>
    /// <param name="peaks">What <see cref="DevicePeaks"/> measured, or null.</param>
    /// <param name="peaksReason">Why there are none.</param>
    public BenchDevice Stop(IReadOnlyDictionary<string, double>? peaks, string? peaksReason)
    {
        _stop.Cancel();
        _work?.Wait();
        List<string> unknown = [];
        long? own = _management?.ProcessBytes,
            all = _management?.UsedBytes - _usedBefore;
        if (_management is null)
        {
            unknown.Add($"name, driver, memory and busy share: {_reason}");
        }
        else if (own is null)
        {
            unknown.Add("memory of this process: the driver does not tell it, as in most containers");
        }

        if (_management is not null && _samples.Count == 0)
        {
            unknown.Add("busy share: the driver gave no sample");
        }

        if (peaks is null)
        {
            unknown.Add($"peaks: {peaksReason}");
        }

        return new BenchDevice(
            _management?.Name,
            _management?.Driver,
            peaks,
            own ?? all,
            own is not null ? "process"
                : all is not null ? "device"
                : null,
            _samples.Count > 0 ? _samples.Average() : null,
            null,
            new Dictionary<string, string>(),
            unknown
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _work?.Wait();
        _stop.Dispose();
    }
}
