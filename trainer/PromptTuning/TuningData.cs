using CxrOnnx.Core.Atlas;
using CxrOnnx.Trainer.Training;

namespace CxrOnnx.Trainer.PromptTuning;

/// <summary>
/// What prompts are tuned on, wherever it comes from: images as latents, what their reports say is where, and where that lies in an average
/// radiograph.
/// </summary>
/// <param name="Training">Images to learn from, with their findings; owned by this object.</param>
/// <param name="Validation">Images that are only measured on, or null; owned by this object.</param>
/// <param name="Atlas">Where the locations lie.</param>
/// <param name="Fingerprint">Identifies images and autoencoder.</param>
public sealed record TuningData(LatentDataSet Training, LatentDataSet? Validation, LocationAtlas Atlas, string Fingerprint) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Training.Dispose();
        Validation?.Dispose();
    }
}
