namespace CxrOnnx.Server.Models;

/// <summary>
/// A bundle that is to be served, and how far that is. While a new version is loaded and verified, the old one goes on serving.
/// </summary>
internal sealed class ModelSlot(string name, string path)
{
    private readonly SemaphoreSlim _loading = new(1);
    private ServedModel? _current;

    /// <summary>Name under which it is served.</summary>
    public string Name { get; } = name;

    /// <summary>Folder or file. Never shown to clients.</summary>
    public string Path { get; } = path;

    /// <summary>What is served now, or null.</summary>
    public ServedModel? Current => Volatile.Read(ref _current);

    /// <summary>What is going on.</summary>
    public ModelState State { get; private set; } = ModelState.Loading;

    /// <summary>Why the last load failed, without paths; null where it did not.</summary>
    public string? Problem { get; private set; }

    /// <summary>The report of the last verification, UTF-8 JSON, also of one that failed; null where none was made.</summary>
    public byte[]? LastReport { get; private set; }

    /// <summary>Replaces what is served by what <paramref name="load"/> gives; leaves it where that fails.</summary>
    /// <param name="load">Loads and verifies; throws <see cref="ModelLoadException"/> with the reason.</param>
    /// <returns>Whether a new model is served.</returns>
    public async Task<bool> LoadAsync(Func<ServedModel> load)
    {
        await _loading.WaitAsync();
        try
        {
            State = ModelState.Loading;
            ServedModel loaded = await Task.Run(load);
            Problem = null;
            LastReport = loaded.ParityReport;
            State = ModelState.Ready;
            Interlocked.Exchange(ref _current, loaded)?.Release();
            return true;
        }
        catch (ModelLoadException exception)
        {
            Problem = exception.Message;
            LastReport = exception.Report ?? LastReport;
            State = ModelState.Failed;
            return false;
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>The right to use what is served now; null where nothing is.</summary>
    public ModelLease? TryAcquire()
    {
        while (Current is { } model)
        {
            // Between reading and acquiring it may have been replaced and freed; then there is another one.
            if (model.TryAcquire())
            {
                return new ModelLease(model);
            }
        }

        return null;
    }

    /// <summary>Stops serving it.</summary>
    public void Close() => Interlocked.Exchange(ref _current, null)?.Release();
}

/// <summary>How far a model is.</summary>
internal enum ModelState
{
    /// <summary>It is being loaded and verified.</summary>
    Loading,

    /// <summary>It reproduced its golden cases.</summary>
    Ready,

    /// <summary>The last load failed.</summary>
    Failed,
}

/// <summary>A bundle that cannot be served.</summary>
internal sealed class ModelLoadException(string message, byte[]? report = null) : Exception(message)
{
    /// <summary>The parity report, where one was made.</summary>
    public byte[]? Report { get; } = report;
}
