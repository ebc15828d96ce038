using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding.Attention;

/// <summary>
/// The attention graph of a further set: keys and values of all prompts and the shifts of all steps are computed once and stay in the
/// memory of the provider, and the mean over a prompt's tokens is part of the graph, so that few maps come back. Forms of grounding that
/// return are recorded (<see cref="DeviceAttentionCall"/>).
/// </summary>
internal sealed class DeviceAttention : IAttentionEvaluation
{
    // A recording is for ever, and holds device memory: numbers of phrases without end must not.
    private const int MostForms = 16;

    private readonly GroundingModel _model;
    private readonly ConditionedUNet _unet;
    private readonly AttentionInputs _inputs;
    private readonly DeviceAttentionForm _form;
    private readonly (long[] Timesteps, float[] States, float[] Weights) _content;
    private readonly (string Name, int Cells)[] _layers;
    private DeviceAttentionValues? _own;

    /// <summary>Collects what is shared by all batches.</summary>
    public DeviceAttention(GroundingModel model, ConditionedUNet unet, AttentionInputs inputs, PromptSums[] sums)
    {
        _model = model;
        _unet = unet;
        _inputs = inputs;
        int maps = sums.Max(sum => sum.MapCount);
        int tokens = model.Configuration.TextEncoder.MaxPositionEmbeddings;
        int prompts = inputs.Prompts.Count;
        float[] weights = new float[prompts * tokens * maps];
        float[] states = new float[prompts * tokens * model.Configuration.UNet.CrossAttentionDim];
        for (int i = 0; i < prompts; i++)
        {
            sums[i].WriteWeights(weights.AsSpan(i * tokens * maps, tokens * maps), maps);
            inputs.Prompts[i].HiddenStates.Span.CopyTo(states.AsSpan(i * states.Length / prompts));
        }

        ImageTrajectory image = inputs.Trajectory;
        _content = ([.. image.Plan.Steps.Select(k => (long)model.Timesteps[k])], states, weights);
        _form = new DeviceAttentionForm(image.Plan.Steps.Count, prompts, maps, image.LatentChannels, image.LatentGrid);
        _layers = [.. inputs.Layers.Select((layer, i) => (GraphSetSignature.TokenMean(layer), inputs.Grids[i].CellCount))];
    }

    /// <inheritdoc/>
    public void Run(AttentionBatch batch, PromptSums[] sums, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int size = _form.Channels * _form.Grid.CellCount;
        float[] sample = new float[batch.Steps * size];
        for (int i = 0; i < batch.Steps; i++)
        {
            _inputs.Trajectory.Latents(_inputs.Trajectory.Plan.Steps[batch.FirstStep + i]).CopyTo(sample.AsSpan(i * size));
        }

        long[] steps = [.. Enumerable.Range(batch.FirstStep, batch.Steps).Select(i => (long)i)];
        long[] prompts = [.. Enumerable.Range(0, batch.Count).Select(i => (long)(batch.FirstPrompt + (i % batch.Prompts)))];
        // As one: another grounding may use the same values between two batches of this one.
        float[][] outputs = _unet.Run(() =>
        {
            DeviceAttentionValues values = Values();
            values.Fill(_content);
            return values.Call(batch, _layers).Run(sample, steps, prompts);
        });
        _model.CountAttention(batch.Count, batch.Steps);
        for (int layer = 0; layer < outputs.Length; layer++)
        {
            float[] maps = outputs[layer];
            FiniteValues.Check(maps, $"the attention of layer {_inputs.Layers[layer]}", "attention");
            int length = _layers[layer].Cells * _form.Maps;
            for (int i = 0; i < batch.Count; i++)
            {
                sums[batch.FirstPrompt + (i % batch.Prompts)].AddMeans(maps.AsSpan(i * length, length), _inputs.Grids[layer]);
            }
        }
    }

    public void Dispose()
    {
        if (_own is { } own)
        {
            _unet.Run(() =>
            {
                own.Dispose();
                return true;
            });
        }
    }

    private DeviceAttentionValues Values()
    {
        bool kept = _unet.IsKept(_form) || _unet.KeptOf<DeviceAttentionValues>().Count < MostForms;
        return kept ? _unet.Kept(_form, () => Make(recordable: true)) : _own ??= Make(recordable: false);
    }

    private DeviceAttentionValues Make(bool recordable) =>
        new(_unet, _form, _content, _model.Configuration.TextEncoder.MaxPositionEmbeddings, recordable);
}
