using static TorchSharp.torch;

namespace CxrOnnx.Trainer.Pretraining;

/// <summary>Texts that are encoded together; S is the length of the longest one with its frame.</summary>
/// <param name="Rows">Rows of the compact table, int64 [B, S]; owned by this object.</param>
/// <param name="Counted">1 where the next token is the text's own or its end, float32 [B, S - 1]; owned by this object.</param>
/// <param name="Ends">Places of the texts' ends in the flattened [B * S] states, int64 [B]; owned by this object.</param>
internal sealed record LanguageTexts(Tensor Rows, Tensor Counted, Tensor Ends) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Rows.Dispose();
        Counted.Dispose();
        Ends.Dispose();
    }
}
