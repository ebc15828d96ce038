using System.Diagnostics;
using CxrOnnx.Server.Configuration;
using Microsoft.Extensions.Hosting;

namespace CxrOnnx.Server.Work;

/// <summary>
/// Takes what waits and computes it, on threads of its own. It is stopped after the web server, so that accepted requests are computed
/// during a drain.
/// </summary>
internal sealed class WorkerService(WorkQueue queue, Admission admission, ServiceOptions options) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(
            Enumerable
                .Range(0, options.Workers)
                .Select(_ =>
                    Task.Factory.StartNew(() => Work(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                )
        );

    private void Work(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                WorkItem item = queue.TakeAsync(stoppingToken).GetAwaiter().GetResult();
                long start = Stopwatch.GetTimestamp();
                item.Run(queue);
                admission.Observe(Stopwatch.GetElapsedTime(start));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops; nothing waits any more.
        }
    }
}
