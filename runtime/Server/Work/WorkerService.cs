using System.Diagnostics;
using CxrOnnx.Server.Configuration;
using Microsoft.Extensions.Hosting;

namespace CxrOnnx.Server.Work;

/// <summary>
/// Takes what waits and computes it, on threads of its own: so many per device, all from one queue. It is stopped after the web server,
/// so that accepted requests are computed
/// during a drain.
/// </summary>
internal sealed class WorkerService(WorkQueue queue, Admission admission, ServiceOptions options) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            Enumerable
                .Range(0, options.AllWorkers)
                .Select(worker =>
                    Task.Factory.StartNew(
                        () => Work(worker, stoppingToken),
                        stoppingToken,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
                )
        );

    private void Work(int worker, CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                WorkItem item = queue.TakeAsync(stoppingToken).GetAwaiter().GetResult();
                long start = Stopwatch.GetTimestamp();
                int requests = item.Run(queue, worker);
                admission.Observe(Stopwatch.GetElapsedTime(start), requests);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops; nothing waits any more.
        }
    }
}
