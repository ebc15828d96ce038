namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// Keeps the capture of a CUDA graph apart from all other work on GPUs in this process. ONNX Runtime captures in CUDA's global mode: an
/// allocation, a copy or a wait of any other thread, for whatever model and GPU, breaks the capture.
/// </summary>
internal static class CaptureGate
{
    private static readonly ReaderWriterLockSlim Gate = new(LockRecursionPolicy.SupportsRecursion);

    /// <summary>Work that may run beside other work, but not beside a capture.</summary>
    public static T Work<T>(Func<T> work)
    {
        Gate.EnterReadLock();
        try
        {
            return work();
        }
        finally
        {
            Gate.ExitReadLock();
        }
    }

    /// <summary>A capture. Called inside <see cref="Work"/>, whose place it takes meanwhile, or outside.</summary>
    public static void Capture(Action capture)
    {
        // A lock for reading cannot become one for writing: two that want it would wait for each other.
        int depth = Gate.RecursiveReadCount;
        for (int i = 0; i < depth; i++)
        {
            Gate.ExitReadLock();
        }

        try
        {
            Gate.EnterWriteLock();
            try
            {
                capture();
            }
            finally
            {
                Gate.ExitWriteLock();
            }
        }
        finally
        {
            for (int i = 0; i < depth; i++)
            {
                Gate.EnterReadLock();
            }
        }
    }
}
