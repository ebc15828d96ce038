using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace CxrOnnx.Server.Models;

/// <summary>
/// Loads every model at the start, one after the other, while the service already answers its health probes; again on SIGHUP.
/// </summary>
internal sealed class LoadingService(ModelRegistry registry) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using SemaphoreSlim reload = new(0);
        using PosixSignalRegistration? hangup = OperatingSystem.IsWindows()
            ? null
            : PosixSignalRegistration.Create(
                PosixSignal.SIGHUP,
                context =>
                {
                    context.Cancel = true;
                    reload.Release();
                }
            );
        try
        {
            while (true)
            {
                foreach (ModelSlot slot in registry.Slots)
                {
                    await registry.LoadAsync(slot).WaitAsync(stoppingToken);
                }

                await reload.WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }
}
