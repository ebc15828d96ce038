using System.Runtime.InteropServices;
using CxrOnnx.Core.Bundles;
using CxrOnnx.Grounding.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Attention;

/// <summary>
/// What the calls of a grounding share, in the memory of the provider: shifts of its steps, keys and values of its prompts, weights of
/// their tokens. Another grounding of the same form overwrites them in place, so that what a provider recorded stays valid; what is the
/// same as before is left as it is. Used on the thread of its <see cref="ConditionedUNet"/>.
/// </summary>
internal sealed class DeviceAttentionValues : IDisposable
{
    private readonly ConditionedUNet _unet;
    private readonly DeviceAttentionForm _form;
    private readonly int _tokens;
    private readonly bool _recordable;
    private readonly OrtValue _table;
    private readonly PromptValues _keys;
    private readonly OrtValue _weights;
    private readonly Dictionary<(int Steps, int Prompts), DeviceAttentionCall> _calls = [];
    private long[] _timesteps;
    private float[] _states;
    private float[] _filledWeights;

    /// <summary>Allocates and fills.</summary>
    /// <param name="unet">The U-Net.</param>
    /// <param name="form">The form.</param>
    /// <param name="content">What a first grounding asks with.</param>
    /// <param name="tokens">S.</param>
    /// <param name="recordable">Whether it is kept for groundings to come.</param>
    public DeviceAttentionValues(
        ConditionedUNet unet,
        DeviceAttentionForm form,
        (long[] Timesteps, float[] States, float[] Weights) content,
        int tokens,
        bool recordable
    )
    {
        _unet = unet;
        _form = form;
        _tokens = tokens;
        _recordable = recordable;
        (_timesteps, _states, _filledWeights) = content;
        try
        {
            _table = unet.Table(content.Timesteps);
            _keys = unet.Keys(content.States, form.Prompts, tokens);
            _weights = unet.Memory.Upload(content.Weights, form.Prompts, tokens, form.Maps);
        }
        catch
        {
            _table?.Dispose();
            _keys?.Dispose();
            throw;
        }

        unet.SessionGoes += Unbind;
    }

    /// <summary>Makes them those of a grounding.</summary>
    /// <param name="content">
    /// Training time steps [N], hidden states float32 [K, S, W] and weights float32 [K, S, M]; the arrays are kept and must not change.
    /// </param>
    public void Fill((long[] Timesteps, float[] States, float[] Weights) content)
    {
        if (!content.Timesteps.AsSpan().SequenceEqual(_timesteps))
        {
            // Names what is there only once it is there.
            _timesteps = [];
            _unet.FillTable(_table, content.Timesteps);
            _timesteps = content.Timesteps;
        }

        if (!content.States.AsSpan().SequenceEqual(_states))
        {
            _states = [];
            _unet.FillKeys(_keys, content.States, _form.Prompts, _tokens);
            _states = content.States;
        }

        if (!content.Weights.AsSpan().SequenceEqual(_filledWeights))
        {
            _filledWeights = [];
            _unet.Memory.Write(_weights, MemoryMarshal.AsBytes<float>(content.Weights));
            _filledWeights = content.Weights;
        }
    }

    /// <summary>The call of a batch's form.</summary>
    /// <param name="batch">Steps and prompts.</param>
    /// <param name="layers">Name of each output, and cells of its map.</param>
    public DeviceAttentionCall Call(AttentionBatch batch, IReadOnlyList<(string Name, int Cells)> layers)
    {
        if (!_calls.TryGetValue((batch.Steps, batch.Prompts), out DeviceAttentionCall? call))
        {
            call = new DeviceAttentionCall(_unet, _form, batch, layers, Bind, _recordable);
            _calls.Add((batch.Steps, batch.Prompts), call);
        }

        return call;
    }

    private void Unbind(string graph)
    {
        if (graph != BundleLayout.Attention)
        {
            return;
        }

        foreach (DeviceAttentionCall call in _calls.Values)
        {
            call.Unbind();
        }
    }

    public void Dispose()
    {
        _unet.SessionGoes -= Unbind;
        foreach (DeviceAttentionCall call in _calls.Values)
        {
            call.Dispose();
        }

        _table.Dispose();
        _keys.Dispose();
        _weights.Dispose();
    }

    private void Bind(BoundGraph graph)
    {
        graph.Input("shifts", _table);
        _keys.Bind(graph);
        graph.Input("token_weights", _weights);
    }
}
