using CxrOnnx.Core.Diffusion;

namespace CxrOnnx.Grounding.Trajectory;

/// <summary>Collects the latents of the steps that a plan wants, for some images.</summary>
internal sealed class WantedSteps
{
    private readonly Dictionary<int, int> _stepOf;

    /// <summary>Starts with none.</summary>
    public WantedSteps(GroundingPlan plan, InferenceTimesteps timesteps, int images)
    {
        _stepOf = plan.Steps.ToDictionary(k => timesteps[k]);
        Latents = [.. Enumerable.Range(0, images).Select(_ => new Dictionary<int, float[]>())];
    }

    /// <summary>By image, the latents of each wanted step k so far.</summary>
    public IReadOnlyList<Dictionary<int, float[]>> Latents { get; }

    /// <summary>Keeps the state at a time step, if it is wanted.</summary>
    /// <param name="timestep">Training time step.</param>
    /// <param name="latents">Gives an image's latents, float32 [Cz, h, w]; the array is kept.</param>
    public void Keep(int timestep, Func<int, float[]> latents)
    {
        if (!_stepOf.TryGetValue(timestep, out int k))
        {
            return;
        }

        for (int image = 0; image < Latents.Count; image++)
        {
            Latents[image].Add(k, latents(image));
        }
    }
}
