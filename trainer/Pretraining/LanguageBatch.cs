namespace CxrOnnx.Trainer.Pretraining;

/// <summary>What one step of the text encoder's training on reports looks at.</summary>
/// <param name="Findings">Findings; the first ones are those whose impressions are there too. Owned by this object.</param>
/// <param name="Impressions">Impressions, in the order of their findings. Owned by this object.</param>
internal sealed record LanguageBatch(LanguageTexts Findings, LanguageTexts Impressions) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Findings.Dispose();
        Impressions.Dispose();
    }
}
