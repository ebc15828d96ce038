using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Attention;

/// <summary>The plain attention graph, with every token's map as its output.</summary>
internal sealed class HostAttention(GroundingModel model, AttentionInputs inputs) : IAttentionEvaluation
{
    private Buffers? _buffers;

    /// <inheritdoc/>
    public void Run(AttentionBatch batch, PromptSums[] sums, CancellationToken cancellationToken)
    {
        int context = model.Configuration.TextEncoder.MaxPositionEmbeddings;
        if (_buffers?.Fits(batch) != true)
        {
            _buffers = new Buffers(batch, model, inputs);
        }

        for (int i = 0; i < batch.Count; i++)
        {
            int k = inputs.Trajectory.Plan.Steps[batch.FirstStep + (i / batch.Prompts)];
            _buffers.Fill(
                i,
                inputs.Trajectory.Latents(k),
                model.Timesteps[k],
                inputs.Prompts[batch.FirstPrompt + (i % batch.Prompts)].HiddenStates.Span
            );
        }

        model.Attend(_buffers.Inputs, _buffers.Outputs, cancellationToken);
        for (int layer = 0; layer < inputs.Layers.Count; layer++)
        {
            GraphTensor output = _buffers.Outputs[layer];
            FiniteValues.Check(output.Floats, $"the attention of layer {inputs.Layers[layer]}", "attention");
            int length = inputs.Grids[layer].CellCount * context;
            for (int i = 0; i < batch.Count; i++)
            {
                sums[batch.FirstPrompt + (i % batch.Prompts)].Add(output.Floats.AsSpan(i * length, length), inputs.Grids[layer]);
            }
        }
    }

    public void Dispose() { }

    /// <summary>Input and output memory for one form of batch.</summary>
    private sealed class Buffers
    {
        private readonly AttentionBatch _form;
        private readonly int _promptsPerSample;
        private readonly float[] _sample;
        private readonly long[] _timestep;
        private readonly float[] _hiddenStates;

        public Buffers(AttentionBatch form, GroundingModel model, AttentionInputs inputs)
        {
            _form = form;
            _promptsPerSample = model.SharesSamples ? form.Prompts : 1;
            int context = model.Configuration.TextEncoder.MaxPositionEmbeddings;
            int width = model.Configuration.UNet.CrossAttentionDim;
            int count = form.Count;
            int samples = count / _promptsPerSample;
            int channels = inputs.Trajectory.LatentChannels;
            GridSize grid = inputs.Trajectory.LatentGrid;
            _sample = new float[samples * channels * grid.CellCount];
            _timestep = new long[samples];
            _hiddenStates = new float[count * context * width];
            Inputs =
            [
                GraphTensor.Float32("sample", _sample, samples, channels, grid.Rows, grid.Columns),
                GraphTensor.Int64("timestep", _timestep, samples),
                GraphTensor.Float32("encoder_hidden_states", _hiddenStates, count, context, width),
            ];
            Outputs =
            [
                .. inputs.Layers.Select(
                    (layer, i) =>
                        GraphTensor.Float32(
                            GraphSignature.AttentionOutput(layer),
                            new float[count * inputs.Grids[i].CellCount * context],
                            count,
                            inputs.Grids[i].CellCount,
                            context
                        )
                ),
            ];
        }

        public IReadOnlyList<GraphTensor> Inputs { get; }

        public IReadOnlyList<GraphTensor> Outputs { get; }

        public bool Fits(AttentionBatch batch) => batch.Steps == _form.Steps && batch.Prompts == _form.Prompts;

        public void Fill(int index, ReadOnlySpan<float> latents, int timestep, ReadOnlySpan<float> hiddenStates)
        {
            if (index % _promptsPerSample == 0)
            {
                latents.CopyTo(_sample.AsSpan(index / _promptsPerSample * latents.Length));
                _timestep[index / _promptsPerSample] = timestep;
            }

            hiddenStates.CopyTo(_hiddenStates.AsSpan(index * hiddenStates.Length));
        }
    }
}
