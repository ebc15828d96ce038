using TorchSharp;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>The losses of a batch. Owned by the caller (or by the dispose scope around the call).</summary>
/// <param name="Total">Weighted sum, mean over samples; scalar, differentiable.</param>
/// <param name="Divergence">L_div of each sample, float [N], in [0, 1].</param>
/// <param name="Location">L_loc of each sample, float [N], in [0, 1] because attention and target are not negative.</param>
public sealed record GroundingLossResult(torch.Tensor Total, torch.Tensor Divergence, torch.Tensor Location) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Total.Dispose();
        Divergence.Dispose();
        Location.Dispose();
    }
}
