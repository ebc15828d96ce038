using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Attention;

/// <summary>
/// One form of call of the attention graph, its buffers in place from call to call. The first two calls of a form are carried out as they
/// are; where a third one follows, it is recorded, and replayed from then on: the provider then neither launches operators one by one nor
/// looks for convolutions anew whenever another form came between. Used on the thread of its <see cref="ConditionedUNet"/>.
/// </summary>
internal sealed class DeviceAttentionCall : IDisposable
{
    // Nothing may allocate while CUDA records. ONNX Runtime's memory pool grows in the first runs of a form, and can grow again while it
    // settles; runs that have to be done anyway cost nothing. The recorded one begins with two more.
    private const int CallsBefore = 2;

    private readonly ConditionedUNet _unet;
    private readonly Action<BoundGraph> _bindShared;
    private readonly bool _recordable;
    private readonly OrtValue _sample;
    private readonly OrtValue _steps;
    private readonly OrtValue _prompts;
    private readonly (string Name, OrtValue Value, int Length)[] _outputs;
    private BoundGraph? _graph;
    private int _calls;

    /// <summary>Allocates.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <param name="form">Rows of the tables, size of the latents.</param>
    /// <param name="batch">Steps and prompts of a call.</param>
    /// <param name="layers">Name of each output, and cells of its map.</param>
    /// <param name="bindShared">Binds what all calls of a grounding share.</param>
    /// <param name="recordable">Whether the shared values stay in place, so that a recording stays valid.</param>
    public DeviceAttentionCall(
        ConditionedUNet unet,
        DeviceAttentionForm form,
        AttentionBatch batch,
        IReadOnlyList<(string Name, int Cells)> layers,
        Action<BoundGraph> bindShared,
        bool recordable
    )
    {
        _unet = unet;
        _bindShared = bindShared;
        _recordable = recordable;
        SessionMemory memory = unet.Memory;
        _sample = memory.Allocate("float32", batch.Steps, form.Channels, form.Grid.Rows, form.Grid.Columns);
        _steps = memory.Allocate("int64", batch.Steps);
        _prompts = memory.Allocate("int64", batch.Count);
        _outputs =
        [
            .. layers.Select(layer =>
                (layer.Name, memory.Allocate("float32", batch.Count, layer.Cells, form.Maps), batch.Count * layer.Cells * form.Maps)
            ),
        ];
    }

    /// <summary>Carries it out.</summary>
    /// <param name="sample">Noisy latents, float32 [S, Cz, h, w].</param>
    /// <param name="steps">Row of the table of each sample, [S].</param>
    /// <param name="prompts">Row of keys and values of each evaluation, [B].</param>
    /// <returns>By layer, float32 [B, Q, M].</returns>
    public float[][] Run(ReadOnlySpan<float> sample, ReadOnlySpan<long> steps, ReadOnlySpan<long> prompts)
    {
        SessionMemory memory = _unet.Memory;
        memory.Write(_sample, MemoryMarshal.AsBytes(sample));
        memory.Write(_steps, MemoryMarshal.AsBytes(steps));
        memory.Write(_prompts, MemoryMarshal.AsBytes(prompts));
        bool record = _recordable && _calls == CallsBefore;
        if (_graph is null || record)
        {
            _graph?.Dispose();
            _graph = null;
            _graph = Bind(record ? _unet.NextRecording() : null);
        }

        // Counts no further than it has to.
        _calls = Math.Min(_calls + 1, CallsBefore + 1);

        if (_graph!.WillCapture)
        {
            Capture(_graph);
        }
        else
        {
            _graph.Run();
        }

        return
        [
            .. _outputs.Select(output =>
            {
                float[] maps = new float[output.Length];
                memory.Read(output.Value, MemoryMarshal.AsBytes(maps.AsSpan()));
                return maps;
            }),
        ];
    }

    /// <summary>Lets go of the session, which is about to be disposed; the next call binds anew.</summary>
    public void Unbind()
    {
        _graph?.Dispose();
        _graph = null;
        _calls = 0;
    }

    public void Dispose()
    {
        _graph?.Dispose();
        foreach (OrtValue value in (OrtValue[])[_sample, _steps, _prompts, .. _outputs.Select(output => output.Value)])
        {
            value.Dispose();
        }
    }

    /// <summary>
    /// A provider may be unable to record: seen on an H200 at the published size, for a reason that is not known. Recording only saves
    /// time, so the graph is then opened anew without, for all its calls.
    /// </summary>
    private void Capture(BoundGraph graph)
    {
        try
        {
            graph.Run();
        }
        catch (ArtifactException error)
        {
            _unet.StopRecording(BundleLayout.Attention, error.Message);
            _graph = Bind(null);
            _graph.Run();
        }
    }

    private BoundGraph Bind(int? recording)
    {
        BoundGraph graph = new(_unet.Session(BundleLayout.Attention), recording);
        graph.Input("sample", _sample);
        graph.Input("step", _steps);
        graph.Input("prompt", _prompts);
        _bindShared(graph);
        foreach ((string name, OrtValue value, _) in _outputs)
        {
            graph.Output(name, value);
        }

        return graph;
    }
}
