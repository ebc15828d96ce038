using CxrOnnx.Core.Geometry;
using CxrOnnx.Grounding.Sessions;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>
/// The walk with the step graph of a further set: the state stays in the memory of the provider, and the host waits only where it takes
/// the latents of a step that is wanted.
/// </summary>
internal sealed class DeviceWalk(GroundingModel model, ConditionedUNet unet) : IStateWalk
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
    ) => unet.Run(() => Walk(clean, channels, grid, unconditional, plan, progress, cancellationToken));

    private IReadOnlyList<Dictionary<int, float[]>> Walk(
        IReadOnlyList<float[]> clean,
        int channels,
        GridSize grid,
        float[] unconditional,
        GroundingPlan plan,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        // As many rows as any preset's steps, so that one recording serves all of them, and all pipelines of the model.
        int rows = Math.Max(model.Timesteps.Count, plan.InversionEvaluations);
        DeviceStateForm form = new(clean.Count, channels, grid, rows);
        DeviceState state = unet.Kept(form, () => new DeviceState(model, unet, form, unconditional));
        state.Start(clean, plan, unconditional);
        WantedSteps wanted = new(plan, model.Timesteps, clean.Count);
        int size = clean[0].Length;
        for (int i = 0; ; i++)
        {
            float[]? latents = null;
            int step = i;
            wanted.Keep(
                plan.TimestepOf(i, model.Timesteps),
                image =>
                {
                    latents ??= Checked(state.Read(), step);
                    return latents.AsSpan(image * size, size).ToArray();
                }
            );
            if (i == plan.InversionEvaluations)
            {
                model.CountDenoiser(clean.Count * plan.InversionEvaluations);
                return wanted.Latents;
            }

            cancellationToken.ThrowIfCancellationRequested();
            state.Advance();
            progress?.Report(new GroundingProgress(GroundingStage.Invert, i + 1, plan.InversionEvaluations));
        }
    }

    private static float[] Checked(float[] latents, int step)
    {
        FiniteValues.Check(latents, FormattableString.Invariant($"the latents of step {step}"), "step");
        return latents;
    }
}
