using CxrOnnx.Core.Atlas;
using static TorchSharp.torch;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>What one step of prompt tuning looks at; N samples, T inversion steps of each.</summary>
/// <param name="Samples">N samples.</param>
/// <param name="Steps">Inversion steps (k), T per sample, samples outermost.</param>
/// <param name="States">Inversion states, float32 [N * T, Cz, h, w] on the CPU; owned by this object.</param>
/// <param name="Gaussians">The locations of each sample, moved by the jitter.</param>
internal sealed record TuningBatch(
    IReadOnlyList<TuningSample> Samples,
    IReadOnlyList<int> Steps,
    Tensor States,
    IReadOnlyList<IReadOnlyList<LocationGaussian>> Gaussians
) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => States.Dispose();
}
