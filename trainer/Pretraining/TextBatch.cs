using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>What one step of the text encoder's training looks at; S is the length of the longest caption.</summary>
/// <param name="Rows">Rows of the compact table, int64 [B, S] on the CPU; owned by this object.</param>
/// <param name="Words">The words named so far, 1 or 0, float32 [B, S, vocabulary]; owned by this object.</param>
/// <param name="Own">1 at the captions' own tokens, float32 [B, S]; owned by this object.</param>
internal sealed record TextBatch(Tensor Rows, Tensor Words, Tensor Own) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Rows.Dispose();
        Words.Dispose();
        Own.Dispose();
    }
}
