using System.Runtime.InteropServices;
using CxrOnnx.Core.Artifacts;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>
/// The state of some images' trajectories in the memory of the provider, and the step graph bound to it twice: from the first buffer to
/// the second and back. Tables, keys and values are bound once; another plan or prompt overwrites them in place, so that what a provider
/// recorded stays valid. Used on the thread of its <see cref="ConditionedUNet"/>.
/// </summary>
internal sealed class DeviceState : IDisposable
{
    private readonly GroundingModel _model;
    private readonly ConditionedUNet _unet;
    private readonly int _images;
    private readonly int _size;
    private readonly int _rows;
    private readonly OrtValue[] _states;
    private readonly OrtValue[] _steps;
    private readonly OrtValue _coefficients;
    private readonly OrtValue _shifts;
    private readonly PromptValues _keys;
    private readonly BoundGraph?[] _calls = new BoundGraph?[2];
    private readonly List<IDisposable> _owned = [];
    private GroundingPlan? _plan;
    private float[] _prompt;
    private int _current;

    /// <summary>Allocates and records.</summary>
    /// <param name="model">The model.</param>
    /// <param name="unet">Its U-Net.</param>
    /// <param name="form">Number of images, size of their latents, rows of the tables.</param>
    /// <param name="unconditional">Hidden states of the empty prompt, float32 [1, S, W].</param>
    public DeviceState(GroundingModel model, ConditionedUNet unet, DeviceStateForm form, float[] unconditional)
    {
        _model = model;
        _unet = unet;
        _images = form.Images;
        _rows = form.Rows;
        _size = form.Channels * form.Grid.CellCount;
        SessionMemory memory = unet.Memory;
        BundleTensor shifts = unet.Set.Graphs[BundleLayout.TimeTable].Outputs[0];
        long columns = long.Parse(shifts.Shape[1], System.Globalization.CultureInfo.InvariantCulture);
        _prompt = unconditional;
        try
        {
            _states = [Own(State(memory, form)), Own(State(memory, form))];
            _steps = [Own(memory.Allocate("int64", _images)), Own(memory.Allocate("int64", _images))];
            _coefficients = Own(memory.Allocate("float32", _rows, 2, 3));
            _shifts = Own(memory.Allocate(shifts.DataType, _rows, columns));
            _keys = Own(unet.Keys(Repeated(unconditional), _images, Tokens));
            unet.SessionGoes += Unbind;
            WarmUp();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private int Tokens => _model.Configuration.TextEncoder.MaxPositionEmbeddings;

    /// <summary>Sets the state to clean latents at the first step of a plan.</summary>
    public void Start(IReadOnlyList<float[]> clean, GroundingPlan plan, float[] unconditional)
    {
        if (plan != _plan)
        {
            // Names what is there only once it is there.
            _plan = null;
            _unet.Memory.Write(_coefficients, MemoryMarshal.AsBytes<float>(StepTables.Coefficients(_model, plan, _rows)));
            _unet.FillTable(_shifts, StepTables.Timesteps(_model, plan, _rows));
            _plan = plan;
        }

        if (!unconditional.AsSpan().SequenceEqual(_prompt))
        {
            _prompt = [];
            _unet.FillKeys(_keys, Repeated(unconditional), _images, Tokens);
            _prompt = unconditional;
        }

        float[] state = new float[2 * _images * _size];
        for (int image = 0; image < _images; image++)
        {
            clean[image].CopyTo(state, 2 * image * _size);
        }

        Write(state);
    }

    /// <summary>Carries out the next step, or has it carried out: <see cref="Read"/> waits for it.</summary>
    public void Advance()
    {
        Call(_current).Run();
        _current = 1 - _current;
    }

    /// <summary>The latents now, of all images: float32 [B, Cz, h, w].</summary>
    public float[] Read()
    {
        float[] state = new float[2 * _images * _size];
        _unet.Memory.Read(_states[_current], MemoryMarshal.AsBytes(state.AsSpan()));
        float[] latents = new float[_images * _size];
        for (int image = 0; image < _images; image++)
        {
            state.AsSpan(2 * image * _size, _size).CopyTo(latents.AsSpan(image * _size));
        }

        return latents;
    }

    public void Dispose()
    {
        _unet.SessionGoes -= Unbind;
        // Bindings before what they are bound to.
        Unbind(BundleLayout.Step);
        foreach (IDisposable owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        _owned.Clear();
    }

    private T Own<T>(T value)
        where T : IDisposable
    {
        _owned.Add(value);
        return value;
    }

    /// <summary>
    /// A provider that records carries the first call out more than once, so the state is anything after it: <see cref="Start"/> writes it.
    /// Where it fails to record, the graph is opened anew without, for all states; recording only saves time.
    /// </summary>
    private void WarmUp()
    {
        _unet.Memory.Write(_coefficients, new byte[_rows * 6 * sizeof(float)]);
        _unet.FillTable(_shifts, new long[_rows]);
        for (int i = 0; i < _calls.Length; i++)
        {
            Write(new float[2 * _images * _size]);
            try
            {
                Call(i).Run();
            }
            catch (ArtifactException error) when (Call(i).WillCapture)
            {
                _unet.StopRecording(BundleLayout.Step, error.Message);
                Call(i).Run();
            }
        }
    }

    private void Write(float[] state)
    {
        // Both buffers: during the warm-up each is an input once.
        foreach ((OrtValue values, OrtValue step) in _states.Zip(_steps))
        {
            _unet.Memory.Write(values, MemoryMarshal.AsBytes<float>(state));
            _unet.Memory.Write(step, MemoryMarshal.AsBytes<long>(new long[_images]));
        }

        _current = 0;
    }

    // Each binding has a recording of its own.
    private BoundGraph Call(int from) => _calls[from] ??= Bind(from);

    private void Unbind(string graph)
    {
        if (graph != BundleLayout.Step)
        {
            return;
        }

        for (int i = 0; i < _calls.Length; i++)
        {
            _calls[i]?.Dispose();
            _calls[i] = null;
        }
    }

    private BoundGraph Bind(int from)
    {
        BoundGraph call = new(_unet.Session(BundleLayout.Step), _unet.NextRecording());
        call.Input("state", _states[from]);
        call.Input("step", _steps[from]);
        call.Input("coefficients", _coefficients);
        call.Input("shifts", _shifts);
        _keys.Bind(call);
        call.Output("next_state", _states[1 - from]);
        call.Output("next_step", _steps[1 - from]);
        return call;
    }

    private float[] Repeated(float[] states) => [.. Enumerable.Repeat(states, _images).SelectMany(values => values)];

    private static OrtValue State(SessionMemory memory, DeviceStateForm form) =>
        memory.Allocate("float32", form.Images, 2, form.Channels, form.Grid.Rows, form.Grid.Columns);
}
