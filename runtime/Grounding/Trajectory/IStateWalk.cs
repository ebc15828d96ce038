using CxrOnnx.Core.Geometry;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>Follows the ODE from clean latents to the last step a plan wants, for one or several images at once.</summary>
internal interface IStateWalk
{
    /// <summary>Walks.</summary>
    /// <param name="clean">Clean latents of each image, float32 [Cz, h, w]; not changed.</param>
    /// <param name="channels">Cz.</param>
    /// <param name="grid">h and w.</param>
    /// <param name="unconditional">Hidden states of the empty prompt, float32 [1, S, W].</param>
    /// <param name="plan">The steps wanted.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between two steps at the latest.</param>
    /// <returns>By image, the latents of each wanted step k.</returns>
    IReadOnlyList<Dictionary<int, float[]>> Follow(
        IReadOnlyList<float[]> clean,
        int channels,
        GridSize grid,
        float[] unconditional,
        GroundingPlan plan,
        IProgress<GroundingProgress>? progress,
        CancellationToken cancellationToken
    );
}
