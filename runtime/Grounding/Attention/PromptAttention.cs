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

    // Small batches leave most of a GPU idle, and its memory is there for this: 40 samples of the published model instead of 5.
    private const int GpuShare = 8;

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
        PromptSums[] sums = [.. prompts.Select(prompt => new PromptSums(prompt, trajectory.ModelGrid, _perToken))];
        bool cpu = _model.Provider.Taken == ExecutionProvider.Cpu;
        int budget = cpu ? _memoryBudgetMebibytes : checked(_memoryBudgetMebibytes * GpuShare);
        int most = BatchSize(budget, _model.Configuration.UNet, trajectory.LatentGrid);
        if (cpu)
        {
            most = Math.Min(most, MostOnCpu);
        }

        int done = 0;
        AttentionInputs inputs = new(trajectory, prompts, _layers, grids);
        using IAttentionEvaluation evaluation = _model.Conditioned is { } unet
            ? new DeviceAttention(_model, unet, inputs, sums)
            : new HostAttention(_model, inputs);
        IEnumerable<AttentionBatch> batches = _model.Deterministic
            ? AttentionBatch.CutAlike(steps.Count, prompts.Count)
            : AttentionBatch.Cut(steps.Count, prompts.Count, most);
        foreach (AttentionBatch batch in batches)
        {
            evaluation.Run(batch, sums, cancellationToken);
            done += batch.Count;
            progress?.Report(new GroundingProgress(GroundingStage.Attend, done, steps.Count * prompts.Count));
        }

        // Phrases have nothing in common any more.
        PromptMap[] maps = new PromptMap[sums.Length];
        Parallel.For(0, sums.Length, i => maps[i] = sums[i].Finish(_finish));
        return maps;
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
}
