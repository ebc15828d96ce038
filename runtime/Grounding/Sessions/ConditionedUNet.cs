using System.Runtime.InteropServices;
using CxrOnnx.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Sessions;

/// <summary>
/// The U-Net of a further graph set: what time steps and prompts alone decide is computed once and stays in the memory of the provider.
/// Everything is called on its thread (<see cref="Run"/>); values that are returned are the caller's to dispose, on the thread too.
/// </summary>
internal sealed class ConditionedUNet : IDisposable
{
    private readonly ModelSessions _sessions;
    private readonly Func<GraphSession, SessionMemory> _open;
    private readonly SessionThread _thread = new("cxr-unet");
    private readonly Dictionary<object, IDisposable> _kept = [];
    private SessionMemory? _memory;
    private int _recordings;

    /// <summary>Prepares it; sessions are opened when they are first needed.</summary>
    /// <param name="set">The graph set.</param>
    /// <param name="sessions">Opens its graphs; not taken over.</param>
    /// <param name="memory">The memory that a graph's session computes in.</param>
    public ConditionedUNet(BundleGraphSet set, ModelSessions sessions, Func<GraphSession, SessionMemory> memory)
    {
        Set = set;
        _sessions = sessions;
        _open = memory;
    }

    /// <summary>The graph set.</summary>
    public BundleGraphSet Set { get; }

    /// <summary>The memory that all its graphs share.</summary>
    public SessionMemory Memory => _memory ??= _open(Session(BundleLayout.PromptKeys));

    /// <summary>Runs something on the thread.</summary>
    public T Run<T>(Func<T> work) => _thread.Run(() => CaptureGate.Work(work));

    /// <summary>Raised with a graph's name before its session goes (<see cref="StopRecording"/>): who is bound to it lets go.</summary>
    public event Action<string>? SessionGoes;

    /// <summary>A graph of the set.</summary>
    public GraphSession Session(string graph) => _sessions.OfSet(graph);

    /// <summary>Never records a graph's calls again: its session is replaced by one that cannot.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="reason">What the provider said.</param>
    public void StopRecording(string graph, string reason)
    {
        SessionGoes?.Invoke(graph);
        _sessions.StopRecording(graph, reason);
    }

    /// <summary>
    /// The next number for a recording (see <see cref="BoundGraph"/>). A provider tells recordings of a session apart by it alone: two
    /// bindings with one number would replay the first one's buffers. So no number is given twice, whoever asks.
    /// </summary>
    public int NextRecording() => ++_recordings;

    /// <summary>What is made once, by whoever asks for it first, and disposed with this, on the thread, before the sessions.</summary>
    /// <param name="key">Names it; equal keys are the same thing.</param>
    /// <param name="make">Makes it.</param>
    public T Kept<T>(object key, Func<T> make)
        where T : IDisposable
    {
        if (!_kept.TryGetValue(key, out IDisposable? kept))
        {
            _kept.Add(key, kept = make());
        }

        return (T)kept;
    }

    /// <summary>Whether <see cref="Kept"/> was asked for it before.</summary>
    public bool IsKept(object key) => _kept.ContainsKey(key);

    /// <summary>What is kept of a kind.</summary>
    public IReadOnlyList<T> KeptOf<T>() => [.. _kept.Values.OfType<T>()];

    /// <summary>Shifts of time steps, a row each: [N, sum of C].</summary>
    public OrtValue Table(ReadOnlySpan<long> timesteps)
    {
        BundleTensor shifts = Set.Graphs[BundleLayout.TimeTable].Outputs[0];
        OrtValue table = Memory.Allocate(shifts.DataType, timesteps.Length, Number(shifts.Shape[1]));
        try
        {
            FillTable(table, timesteps);
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>The same into a value that is there.</summary>
    public void FillTable(OrtValue table, ReadOnlySpan<long> timesteps)
    {
        using OrtValue steps = Memory.Upload(timesteps, timesteps.Length);
        using BoundGraph graph = new(Session(BundleLayout.TimeTable));
        graph.Input("timestep", steps);
        graph.Output("shifts", table);
        graph.Run();
    }

    /// <summary>Keys and values of prompts.</summary>
    /// <param name="states">Hidden states, float32 [K, S, W].</param>
    /// <param name="prompts">K.</param>
    /// <param name="tokens">S.</param>
    public PromptValues Keys(ReadOnlySpan<float> states, int prompts, int tokens)
    {
        PromptValues keys = new(
            Set.Graphs[BundleLayout.PromptKeys]
                .Outputs.ToDictionary(
                    output => output.Name,
                    output => Memory.Allocate(output.DataType, prompts, tokens, Number(output.Shape[2]))
                )
        );
        try
        {
            FillKeys(keys, states, prompts, tokens);
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>The same into values that are there.</summary>
    public void FillKeys(PromptValues keys, ReadOnlySpan<float> states, int prompts, int tokens)
    {
        using OrtValue context = Memory.Upload(states, prompts, tokens, states.Length / (prompts * tokens));
        using BoundGraph graph = new(Session(BundleLayout.PromptKeys));
        graph.Input("encoder_hidden_states", context);
        keys.BindOutputs(graph);
        graph.Run();
    }

    /// <summary>Evaluates the denoiser or the attention graph.</summary>
    /// <param name="graph">Which.</param>
    /// <param name="call">Samples, rows of table and keys.</param>
    /// <param name="outputs">The outputs wanted; overwritten.</param>
    public void Evaluate(string graph, ConditionedCall call, IReadOnlyList<GraphTensor> outputs)
    {
        List<OrtValue> values = [];
        OrtValue Keep(OrtValue value)
        {
            values.Add(value);
            return value;
        }

        try
        {
            using BoundGraph bound = new(Session(graph));
            bound.Input("sample", Keep(Memory.Upload(call.Sample.Floats!, [.. call.Sample.Shape])));
            bound.Input("step", Keep(Memory.Upload(call.Steps, call.Steps.Length)));
            bound.Input("prompt", Keep(Memory.Upload(call.Prompts, call.Prompts.Length)));
            bound.Input("shifts", call.Table);
            call.Keys.Bind(bound);
            if (call.TokenWeights is { } weights)
            {
                bound.Input("token_weights", weights);
            }

            int first = values.Count;
            foreach (GraphTensor output in outputs)
            {
                bound.Output(output.Name, Keep(Memory.Allocate("float32", [.. output.Shape])));
            }

            bound.Run();
            for (int i = 0; i < outputs.Count; i++)
            {
                Memory.Read(values[first + i], MemoryMarshal.AsBytes(outputs[i].Floats.AsSpan()));
            }
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    /// <summary>Frees what it owns; the sessions are their owner's.</summary>
    public void Dispose()
    {
        Run(() =>
        {
            foreach (IDisposable value in _kept.Values)
            {
                value.Dispose();
            }

            _memory?.Dispose();
            return true;
        });
        _thread.Dispose();
    }

    private static long Number(string dimension) => long.Parse(dimension, System.Globalization.CultureInfo.InvariantCulture);
}
