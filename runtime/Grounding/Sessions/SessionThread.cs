using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// One operating-system thread that everything on bound memory runs on, one thing after the other: ONNX Runtime keeps recorded CUDA graphs
/// by thread, and the buffers they use are written in place.
/// </summary>
internal sealed class SessionThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public SessionThread(string name)
    {
        _thread = new Thread(Work) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs something on the thread and waits for it. Its exception is thrown here.</summary>
    public T Run<T>(Func<T> work)
    {
        if (Thread.CurrentThread == _thread)
        {
            return work();
        }

        using ManualResetEventSlim done = new();
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        _work.Add(() =>
        {
            try
            {
                result = work();
            }
#pragma warning disable CA1031 // whatever it is, it belongs to the caller
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        failure?.Throw();
        return result;
    }

    /// <summary>Ends the thread after what was asked for.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
