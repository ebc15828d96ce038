using CxrOnnx.Core.Bundles;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace CxrOnnx.Grounding.Attention;

/// <summary>
/// The attention graph of a further set: keys and values of all prompts and the shifts of all steps are computed once and stay in the
/// memory of the provider, and the mean over a prompt's tokens is part of the graph, so that few maps come back.
/// </summary>
internal sealed class DeviceAttention : IAttentionEvaluation
{
    private readonly GroundingModel _model;
    private readonly ConditionedUNet _unet;
    private readonly AttentionInputs _inputs;
    private readonly int _maps;
    private readonly OrtValue _table;
    private readonly PromptValues _keys;
    private readonly OrtValue _weights;

    /// <summary>Computes what is shared by all batches.</summary>
    public DeviceAttention(GroundingModel model, ConditionedUNet unet, AttentionInputs inputs, PromptSums[] sums)
    {
        _model = model;
        _unet = unet;
        _inputs = inputs;
        _maps = sums.Max(sum => sum.MapCount);
        int tokens = model.Configuration.TextEncoder.MaxPositionEmbeddings;
        int prompts = inputs.Prompts.Count;
        float[] weights = new float[prompts * tokens * _maps];
        for (int i = 0; i < prompts; i++)
        {
            sums[i].WriteWeights(weights.AsSpan(i * tokens * _maps, tokens * _maps), _maps);
        }

        float[] states = new float[prompts * tokens * model.Configuration.UNet.CrossAttentionDim];
        for (int i = 0; i < prompts; i++)
        {
            inputs.Prompts[i].HiddenStates.Span.CopyTo(states.AsSpan(i * states.Length / prompts));
        }

        (_table, _keys, _weights) = unet.Run(() =>
            (
                unet.Table([.. inputs.Trajectory.Plan.Steps.Select(k => (long)model.Timesteps[k])]),
                unet.Keys(states, prompts, tokens),
                unet.Memory.Upload(weights, prompts, tokens, _maps)
            )
        );
    }

    /// <inheritdoc/>
    public void Run(AttentionBatch batch, PromptSums[] sums, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        GridSize grid = _inputs.Trajectory.LatentGrid;
        int size = _inputs.Trajectory.LatentChannels * grid.CellCount;
        float[] sample = new float[batch.Steps * size];
        for (int i = 0; i < batch.Steps; i++)
        {
            _inputs.Trajectory.Latents(_inputs.Trajectory.Plan.Steps[batch.FirstStep + i]).CopyTo(sample.AsSpan(i * size));
        }

        GraphTensor[] outputs =
        [
            .. _inputs.Layers.Select(
                (layer, i) =>
                    GraphTensor.Float32(
                        GraphSetSignature.TokenMean(layer),
                        new float[batch.Count * _inputs.Grids[i].CellCount * _maps],
                        batch.Count,
                        _inputs.Grids[i].CellCount,
                        _maps
                    )
            ),
        ];
        ConditionedCall call = new(
            GraphTensor.Float32("sample", sample, batch.Steps, _inputs.Trajectory.LatentChannels, grid.Rows, grid.Columns),
            [.. Enumerable.Range(batch.FirstStep, batch.Steps).Select(i => (long)i)],
            [.. Enumerable.Range(0, batch.Count).Select(i => (long)(batch.FirstPrompt + (i % batch.Prompts)))],
            _table,
            _keys,
            _weights
        );
        _unet.Run(() =>
        {
            _unet.Evaluate(BundleLayout.Attention, call, outputs);
            return true;
        });
        _model.CountAttention(batch.Count, batch.Steps);
        for (int layer = 0; layer < outputs.Length; layer++)
        {
            float[] maps = outputs[layer].Floats!;
            FiniteValues.Check(maps, $"the attention of layer {_inputs.Layers[layer]}", "attention");
            int length = _inputs.Grids[layer].CellCount * _maps;
            for (int i = 0; i < batch.Count; i++)
            {
                sums[batch.FirstPrompt + (i % batch.Prompts)].AddMeans(maps.AsSpan(i * length, length), _inputs.Grids[layer]);
            }
        }
    }

    public void Dispose() =>
        _unet.Run(() =>
        {
            _table.Dispose();
            _keys.Dispose();
            _weights.Dispose();
            return true;
        });
}
