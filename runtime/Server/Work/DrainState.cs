using CxrOnnx.Server.Configuration;
using Microsoft.Extensions.Hosting;

namespace CxrOnnx.Server.Work;

/// <summary>
/// What happens between a termination signal and the end: the service reports not ready, waits as long as load balancers need to notice,
/// and only then closes its listening sockets; requests that were accepted are answered.
/// </summary>
internal sealed class DrainState(ServiceOptions options) : IHostedLifecycleService
{
    private volatile bool _draining;

    /// <summary>Whether the service is being stopped.</summary>
    public bool IsDraining => _draining;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        if (options.DrainDelaySeconds > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(options.DrainDelaySeconds), cancellationToken);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
