using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>The execution provider that was taken, and why.</summary>
public sealed class ProviderChoice
{
    private readonly Action<SessionOptions, bool> _append;

    internal ProviderChoice(ExecutionProvider requested, ExecutionProvider taken, string reason, Action<SessionOptions, bool> append)
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
    public void Append(SessionOptions options) => _append(options, false);

    /// <summary>The same for a session whose calls may be recorded and replayed, where the provider can.</summary>
    internal void Append(SessionOptions options, bool recording) => _append(options, recording);
}
