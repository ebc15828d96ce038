using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>The execution provider that was taken, and why.</summary>
public sealed class ProviderChoice
{
    private readonly Action<SessionOptions, bool, bool> _append;

    internal ProviderChoice(ExecutionProvider requested, ExecutionProvider taken, string reason, Action<SessionOptions, bool, bool> append)
    {
        Requested = requested;
        Taken = taken;
        Reason = reason;
        _append = append;
    }

    /// <summary>What was asked for.</summary>
    public ExecutionProvider Requested { get; }

    /// <summary>What is used; never <see cref="ExecutionProvider.Auto"/>.</summary>
    public ExecutionProvider Taken { get; }

    /// <summary>One sentence: why this one.</summary>
    public string Reason { get; }

    /// <summary>Lower-case name as on the command line: <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>.</summary>
#pragma warning disable CA1308 // the command line and the result files write it in lower case
    public string Name => Taken.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    /// <summary>Adds the provider to a session's options.</summary>
    public void Append(SessionOptions options) => _append(options, false, false);

    /// <summary>The same for a graph of a further set.</summary>
    /// <param name="options">The options.</param>
    /// <param name="half">Whether the graph computes in half precision.</param>
    /// <param name="recording">Whether its calls may be recorded and replayed, where the provider can.</param>
    internal void Append(SessionOptions options, bool half, bool recording) => _append(options, half, recording);
}
