using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>The walk with the plain denoiser: the state is the host's, and the host computes the update.</summary>
internal sealed class HostWalk(GroundingModel model) : IStateWalk
{
    /// <inheritdoc/>
    public IReadOnlyList<Dictionary<int, float[]>> Follow(
        IReadOnlyList<float[]> clean,
        int channels,
        GridSize grid,
        float[] unconditional,
        GroundingPlan plan,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        int images = clean.Count;
        int size = clean[0].Length;
        int context = model.Configuration.TextEncoder.MaxPositionEmbeddings;
        float[] sample = [.. clean.SelectMany(latents => latents)];
        float[] states = [.. Enumerable.Repeat(unconditional, images).SelectMany(values => values)];
        float[] memory = plan.Solver is null ? [] : new float[sample.Length];
        long[] timesteps = new long[images];
        GraphTensor output = GraphTensor.Float32("out_sample", new float[sample.Length], images, channels, grid.Rows, grid.Columns);
        GraphTensor[] inputs =
        [
            GraphTensor.Float32("sample", sample, images, channels, grid.Rows, grid.Columns),
            GraphTensor.Int64("timestep", timesteps, images),
            GraphTensor.Float32("encoder_hidden_states", states, images, context, unconditional.Length / context),
        ];
        WantedSteps wanted = new(plan, model.Timesteps, images);
        for (int i = 0; ; i++)
        {
            int timestep = plan.TimestepOf(i, model.Timesteps);
            wanted.Keep(timestep, image => sample.AsSpan(image * size, size).ToArray());
            if (i == plan.InversionEvaluations)
            {
                return wanted.Latents;
            }

            timesteps.AsSpan().Fill(timestep);
            model.Denoise(inputs, output, cancellationToken);
            FiniteValues.Check(output.Floats!, FormattableString.Invariant($"the U-Net's output at step {i} (t = {timestep})"), "denoiser");
            progress?.Report(new GroundingProgress(GroundingStage.Invert, i + 1, plan.InversionEvaluations));
            if (plan.Solver is null)
            {
                model.Inversion.Step(i, sample, output.Floats!, sample);
            }
            else
            {
                plan.Solver.Step(i, sample, output.Floats!, memory);
            }
        }
    }
}
