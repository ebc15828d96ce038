using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace CxrOnnx.Trainer.Devices;

/// <summary>
/// What the steps of a training compute on, prepared one after the other: on a thread of its own and a few steps ahead where a GPU
/// computes meanwhile, or when it is asked for where preparing and computing share the processor. What is prepared depends on the step
/// alone, so both give the same.
/// </summary>
/// <typeparam name="T">What one step needs.</typeparam>
public sealed class Prefetch<T> : IDisposable
    where T : class, IDisposable
{
    // Enough to bridge a slow read; each item holds pinned memory.
    private const int Ahead = 3;

    private readonly Func<long, T> _prepare;
    private readonly BlockingCollection<T>? _ready;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work = Task.CompletedTask;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Begins to prepare.</summary>
    /// <param name="prepare">Makes what a step needs; its tensors belong to no dispose scope. Called for one step at a time.</param>
    /// <param name="first">First step.</param>
    /// <param name="end">One past the last step.</param>
    /// <param name="ahead">Whether a thread of its own prepares.</param>
    public Prefetch(Func<long, T> prepare, long first, long end, bool ahead)
    {
        _prepare = prepare;
        if (ahead)
        {
            _ready = new BlockingCollection<T>(Ahead);
            _work = Task.Factory.StartNew(
                () => Work(first, end),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
        }
    }

    /// <summary>What the next step needs.</summary>
    /// <param name="step">The step; called with first, first + 1, ...</param>
    /// <returns>Owned by the caller.</returns>
    public T Take(long step)
    {
        if (_ready is null)
        {
            return _prepare(step);
        }

        if (_ready.TryTake(out T? item, Timeout.Infinite))
        {
            return item;
        }

        _failure?.Throw();
        throw new InvalidOperationException($"step {step} lies behind the last one");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _work.Wait();
        while (_ready?.TryTake(out T? item) == true)
        {
            item.Dispose();
        }

        _ready?.Dispose();
        _stop.Dispose();
    }

    private void Work(long first, long end)
    {
        try
        {
            for (long step = first; step < end; step++)
            {
                T item = _prepare(step);
                try
                {
                    _ready!.Add(item, _stop.Token);
                }
                catch (OperationCanceledException)
                {
                    item.Dispose();
                    return;
                }
            }
        }
        catch (Exception exception)
        {
            // Thrown again on the thread that waits for the step.
            _failure = ExceptionDispatchInfo.Capture(exception);
        }
        finally
        {
            _ready!.CompleteAdding();
        }
    }
}
