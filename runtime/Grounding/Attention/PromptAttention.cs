using CxrOnnx.Core;
using CxrOnnx.Core.Configuration;
using CxrOnnx.Core.Geometry;
using CxrOnnx.Core.Heatmaps;
using CxrOnnx.Grounding.Prompts;
using CxrOnnx.Grounding.Sessions;
using CxrOnnx.Grounding.Trajectory;

namespace CxrOnnx.Grounding.Attention;

/// <summary>
/// Evaluates the truncated U-Net on every (phrase, step) of a trajectory and aggregates the attention. The evaluations do not depend on
/// each other, so they run in batches, as large as the memory budget allows: steps x prompts (see <see cref="AttentionBatch"/>), the
/// prompts of a step together.
/// </summary>
internal sealed class PromptAttention
{
    // Larger batches fall out of a CPU's caches: a hundred evaluations of the small model take a tenth longer than ten times ten
    // (docs/benchmarks).
    private const int MostOnCpu = 16;

    private readonly GroundingModel _model;
    private readonly bool _perToken;
    private readonly int _memoryBudgetMebibytes;
    private readonly HeatmapPostprocessor _finish;
    private readonly IReadOnlyList<int> _layers;

    /// <summary>Prepares the evaluations.</summary>
    /// <param name="model">The model; not taken over.</param>
    /// <param name="perToken">Whether every sub-token gets a map of its own.</param>
    /// <param name="memoryBudgetMebibytes">What a batch may take, in MiB.</param>
    public PromptAttention(GroundingModel model, bool perToken, int memoryBudgetMebibytes)
    {
        _model = model;
        _perToken = perToken;
        _memoryBudgetMebibytes = memoryBudgetMebibytes;
        _finish = new HeatmapPostprocessor(model.Configuration.Grounding);
        _layers = model.Configuration.Grounding.Layers;
    }

    /// <summary>Grounds prompts on a trajectory.</summary>
    public IReadOnlyList<PromptMap> Ground(
        ImageTrajectory trajectory,
        IReadOnlyList<PromptContext> prompts,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        int context = _model.Configuration.TextEncoder.MaxPositionEmbeddings;
        int width = _model.Configuration.UNet.CrossAttentionDim;
        foreach (PromptContext prompt in prompts)
        {
            if (prompt.HiddenStates.Length != context * width)
            {
                throw new InputException($"prompt with {prompt.HiddenStates.Length} hidden values: this bundle needs {context} x {width}");
            }
        }

        IReadOnlyList<int> steps = trajectory.Plan.Steps;
        GridSize[] grids = [.. _layers.Select(layer => AttentionGrids.Of(_model.Configuration.UNet, trajectory.LatentGrid, layer))];
        Aggregations[] sums = [.. prompts.Select(prompt => new Aggregations(prompt, trajectory.ModelGrid, _perToken))];
        int most = BatchSize(_memoryBudgetMebibytes, _model.Configuration.UNet, trajectory.LatentGrid);
        if (_model.Provider.Taken == ExecutionProvider.Cpu)
        {
            most = Math.Min(most, MostOnCpu);
        }

        int done = 0;
        Buffers? buffers = null;
        IEnumerable<AttentionBatch> batches = _model.Deterministic
            ? AttentionBatch.CutAlike(steps.Count, prompts.Count)
            : AttentionBatch.Cut(steps.Count, prompts.Count, most);
        foreach (AttentionBatch batch in batches)
        {
            if (buffers?.Fits(batch) != true)
            {
                buffers = new Buffers(batch, _model.SharesSamples, trajectory, context, width, _layers, grids);
            }

            for (int i = 0; i < batch.Count; i++)
            {
                int k = steps[batch.FirstStep + (i / batch.Prompts)];
                buffers.Fill(
                    i,
                    trajectory.Latents(k),
                    _model.Timesteps[k],
                    prompts[batch.FirstPrompt + (i % batch.Prompts)].HiddenStates.Span
                );
            }

            _model.Attend(buffers.Inputs, buffers.Outputs, cancellationToken);
            for (int layer = 0; layer < _layers.Count; layer++)
            {
                GraphTensor output = buffers.Outputs[layer];
                FiniteValues.Check(output.Floats, $"the attention of layer {_layers[layer]}", "attention");
                int length = grids[layer].CellCount * context;
                for (int i = 0; i < batch.Count; i++)
                {
                    sums[batch.FirstPrompt + (i % batch.Prompts)].Add(output.Floats.AsSpan(i * length, length), grids[layer]);
                }
            }

            done += batch.Count;
            progress?.Report(new GroundingProgress(GroundingStage.Attend, done, steps.Count * prompts.Count));
        }

        return [.. sums.Select(sum => sum.Finish(_finish))];
    }

    /// <summary>
    /// Samples per batch. The estimate per sample: the activations that live at once are about 12 maps of the widest kind (skip
    /// connections, the block's own, convolution scratch), and the feed-forward layers' 8-fold width at the highest level with attention.
    /// </summary>
    internal static int BatchSize(int budgetMebibytes, UNetConfiguration unet, GridSize latents)
    {
        double bytes = 0;
        for (int level = 0; level < unet.NumChannels.Count; level++)
        {
            double cells = latents.DividedBy(1 << level).CellCount;
            double maps = 12.0 * cells * unet.NumChannels[level];
            if (unet.AttentionLevels[level])
            {
                maps += (8.0 * cells * unet.NumChannels[level]) + (cells * cells);
            }

            bytes = Math.Max(bytes, 4 * maps);
        }

        return (int)Math.Clamp(budgetMebibytes * 1048576.0 / bytes, 1, 256);
    }

    /// <summary>The running sums of one phrase: the phrase's own, and one per token where wanted.</summary>
    private sealed class Aggregations
    {
        private readonly int[] _positions;
        private readonly AttentionAggregation _phrase;
        private readonly AttentionAggregation[] _tokens;

        public Aggregations(PromptContext prompt, GridSize target, bool perToken)
        {
            _positions = [.. prompt.Positions];
            _phrase = new AttentionAggregation(target);
            _tokens = perToken ? [.. _positions.Select(_ => new AttentionAggregation(target))] : [];
        }

        public void Add(ReadOnlySpan<float> attention, GridSize grid)
        {
            _phrase.Add(attention, grid, _positions);
            for (int i = 0; i < _tokens.Length; i++)
            {
                _tokens[i].Add(attention, grid, _positions.AsSpan(i, 1));
            }
        }

        public PromptMap Finish(HeatmapPostprocessor finish) =>
            new(
                finish.Apply(_phrase.Mean(), _phrase.Target),
                [.. _tokens.Select(token => finish.Apply(token.Mean(), token.Target))],
                _phrase.ConstantMapCount,
                _phrase.Focus
            );
    }

    /// <summary>Input and output memory for one form of batch.</summary>
    private sealed class Buffers
    {
        private readonly AttentionBatch _form;
        private readonly int _promptsPerSample;
        private readonly float[] _sample;
        private readonly long[] _timestep;
        private readonly float[] _hiddenStates;

        public Buffers(
            AttentionBatch form,
            bool sharesSamples,
            ImageTrajectory trajectory,
            int context,
            int width,
            IReadOnlyList<int> layers,
            GridSize[] grids
        )
        {
            _form = form;
            _promptsPerSample = sharesSamples ? form.Prompts : 1;
            int count = form.Count;
            int samples = count / _promptsPerSample;
            GridSize grid = trajectory.LatentGrid;
            _sample = new float[samples * trajectory.LatentChannels * grid.CellCount];
            _timestep = new long[samples];
            _hiddenStates = new float[count * context * width];
            Inputs =
            [
                GraphTensor.Float32("sample", _sample, samples, trajectory.LatentChannels, grid.Rows, grid.Columns),
                GraphTensor.Int64("timestep", _timestep, samples),
                GraphTensor.Float32("encoder_hidden_states", _hiddenStates, count, context, width),
            ];
            Outputs =
            [
                .. layers.Select(
                    (layer, i) =>
                        GraphTensor.Float32(
                            GraphSignature.AttentionOutput(layer),
                            new float[count * grids[i].CellCount * context],
                            count,
                            grids[i].CellCount,
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
