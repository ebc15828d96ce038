namespace CxrOnnx.Workflows;

/// <summary>Watches and says nothing.</summary>
public sealed class SilentObserver : IWorkflowObserver
{
    private SilentObserver() { }

    /// <summary>The only one.</summary>
    public static SilentObserver Instance { get; } = new();

    /// <inheritdoc/>
    public void Note(string text) { }

    /// <inheritdoc/>
    public T WithProgress<T>(string title, Func<IProgress<double>, T> work) => work(new Ignored());

    private sealed class Ignored : IProgress<double>
    {
        public void Report(double value) { }
    }
}
