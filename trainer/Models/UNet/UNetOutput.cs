using TorchSharp;

namespace CxrOnnx.Trainer.Models.UNet;

/// <summary>
/// What one evaluation of the denoiser gives. Disposing it frees its tensors; a dispose scope around the call does so too.
/// </summary>
/// <param name="Sample">The prediction, float [B, C, h, w]; null where the evaluation stopped after the last wanted attention.</param>
/// <param name="Attention">
/// The wanted layers' cross-attention probabilities, float [B, Q, S] with Q = the cells of that layer's grid (row-major), softmax over the
/// S context positions, mean over heads. Differentiable.
/// </param>
public sealed record UNetOutput(torch.Tensor? Sample, IReadOnlyDictionary<int, torch.Tensor> Attention) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Sample?.Dispose();
        foreach (torch.Tensor map in Attention.Values)
        {
            map.Dispose();
        }
    }
}
