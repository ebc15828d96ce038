using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>A graph whose inputs and outputs are values that stay in place from call to call. Used by one thread.</summary>
internal sealed class BoundGraph : IDisposable
{
    private readonly GraphSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options;
    private bool _captured;

    /// <summary>Binds a graph.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="recording">
    /// Number, from 1, under which a provider that can records the call and replays it from then on
    /// (<see cref="ConditionedUNet.NextRecording"/>); null = never. The first call may then be carried out several times, and later ones
    /// return before the work is done: <see cref="SessionMemory.Read"/> waits for it.
    /// </param>
    public BoundGraph(GraphSession session, int? recording = null)
    {
        _session = session;
        // -1 keeps a session that can record from recording this call.
        int id = recording is { } number && session.Records ? number : -1;
        if (id > 0)
        {
            session.TakeRecording(id);
            IsRecording = true;
        }

        _binding = session.Bind();
        _options = new RunOptions();
        _options.AddRunConfigEntry("gpu_graph_id", FormattableString.Invariant($"{id}"));
        if (IsRecording)
        {
            _options.AddRunConfigEntry("disable_synchronize_execution_providers", "1");
        }
    }

    /// <summary>Whether the call is captured when it runs first, and replayed from then on, where the provider can.</summary>
    public bool IsRecording { get; }

    /// <summary>Binds an input; inputs that the graph does not have are passed over.</summary>
    public void Input(string name, OrtValue value)
    {
        if (_session.Graph.Inputs.Any(input => input.Name == name))
        {
            _binding.BindInput(name, value);
        }
    }

    /// <summary>Binds an output.</summary>
    public void Output(string name, OrtValue value) => _binding.BindOutput(name, value);

    /// <summary>Whether <see cref="Run"/> would capture: it is a recording that has not run yet.</summary>
    public bool WillCapture => IsRecording && !_captured;

    /// <summary>Runs the graph.</summary>
    public void Run()
    {
        if (WillCapture)
        {
            CaptureGate.Capture(() => _session.Run(_binding, _options));
            _captured = true;
        }
        else
        {
            _session.Run(_binding, _options);
        }
    }

    public void Dispose()
    {
        _options.Dispose();
        _binding.Dispose();
    }
}
